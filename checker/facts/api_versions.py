def removed(api_version: str, kind: str):
    return None
