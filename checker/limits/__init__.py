"""Rate limits in Envoy's words, whoever writes them: its own configuration, or a patch of a mesh."""
