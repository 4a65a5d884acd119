"""What follows from the model, as plain values a policy can judge."""
