"""Image references, as container runtimes read them."""


def tag_of(image: str) -> tuple[str, bool]:
    """Tag (empty if none) and whether a digest pins the image.

    A colon before the last slash belongs to the registry's port: `registry:5000/app` has no tag. `app@latest` has no digest.
    Source: the grammar of distribution/reference.
    """
    name, _, digest = image.partition("@")
    _, _, last = name.rpartition("/")
    _, colon, tag = last.partition(":")
    return (tag if colon else ""), ":" in digest
