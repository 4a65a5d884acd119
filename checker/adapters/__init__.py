"""One package or module a dialect: objects in, records of the model out; none decides who wins."""
