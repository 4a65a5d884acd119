"""Find what will make a system of services unstable, in its configuration."""

__version__ = "0.1.0"
