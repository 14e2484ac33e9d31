"""The domain as frozen dataclasses and enums. All times are milliseconds since 1970 in UTC."""
