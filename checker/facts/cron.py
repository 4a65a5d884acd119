def schedule_error(schedule: str) -> str | None:
    return None
