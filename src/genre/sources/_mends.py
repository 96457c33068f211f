"""What to do about rows that are set aside or odd, by the words of the reason."""

from __future__ import annotations

_MENDS = (
    ("column is empty", "Fill it in or remove it."),
    ("same user, item", "Nothing to do if they are copies; name a column of times if they are separate visits."),
    ("earlier row", "Keep one row per id, or name another column as the id."),
    ("both are read", "Write all of them in one way."),
    ("future", "Correct them, or say in the source how times are written: time_unit or time_format."),
    (
        "time cannot",
        "Say in the source how they are written (time_unit, or time_format such as '%d.%m.%Y %H:%M'), or leave them "
        "unread: columns: {timestamp: none}.",
    ),
    ("time", "Fill it in, or name another column of times in the source: columns."),
    (
        "rating",
        "Write numbers (3,5 needs decimal: ',' in the source) or leave the cell empty; or, in the source's columns, "
        "name another column, or none to read no ratings.",
    ),
    (
        "weight",
        "Write numbers of at least 0 (0,5 needs decimal: ',' in the source); or, in the source's columns, name "
        "another column, or none to read no weights.",
    ),
    ("UTF-8", "Save the file as UTF-8, or name its encoding in the source: encoding."),
    ("quote", "Close the quote; double quotes inside quoted text."),
    ("values where", "Quote texts that hold the separator, or name the right separator in the source."),
    ("user id is missing", "Fill it in, or name another column in the source: columns or user_columns."),
    ("item id is missing", "Fill it in, or name another column in the source: columns or item_columns."),
    ("known to neither", "Leave such reviews out, or add interactions of these users and items."),
    ("nothing is written", "Fill it in, or leave the row out."),
    ("is missing", "Fill it in, or leave the row out."),
    (
        "they do not meet",
        "Write ids alike in both tables, or name the right columns in the source: columns, item_columns, user_columns.",
    ),
    (
        "looks like data",
        "If the file has no header row, name its columns: headers: {interactions: [user_id, item_id, ...]} in the "
        "source, or let genre init write it.",
    ),
    ("numbers and texts", "Write all ids alike: `5`, `5.0` and `i5` are three."),
    ("not in the table", "Add rows for them; without content they are known by interactions only."),
    ("no text", "Fill it in; such a row has no content where this column stands alone."),
    ("lists in lists", "Nothing to do if their values belong together; else keep the lists that you mean."),
    ("text among numbers", "Write numbers or leave the cell empty."),
)


def mend_for(reason: str) -> str:
    """The mend of the first words that the reason holds."""
    return next((mend for words, mend in _MENDS if words in reason), "Correct these rows, or leave them out.")
