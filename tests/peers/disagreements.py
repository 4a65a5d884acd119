DISAGREEMENTS: dict[str, str] = {}
