"""The system as the checker sees it: workloads, services, and what protects and connects them."""
