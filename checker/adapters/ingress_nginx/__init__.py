"""ingress-nginx: what its annotations limit."""
