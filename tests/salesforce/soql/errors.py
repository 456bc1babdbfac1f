"""Refusals of a query in the words and the shape of Salesforce."""

REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class QueryError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def body(self) -> list[dict[str, str]]:
        return [{"message": self.message, "errorCode": self.code}]


def pointing(soql: str, at: int, message: str) -> str:
    """The line, a caret under the place, and where that is."""
    before = soql[:at]
    row = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1)
    line = soql.split("\n")[row - 1]
    shown = line[max(0, column - 60) : column + 60]
    caret = " " * min(column, 60) + "^"
    return f"\n{shown}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{message}"


def malformed(soql: str, at: int, message: str) -> QueryError:
    return QueryError("MALFORMED_QUERY", pointing(soql, at, message) if at >= 0 else message)


def unexpected(soql: str, at: int, text: str) -> QueryError:
    found = f"unexpected token: '{text}'" if text else "unexpected token: '<EOF>'"
    return malformed(soql, at, found)


def invalid_field(soql: str, at: int, message: str) -> QueryError:
    return QueryError("INVALID_FIELD", pointing(soql, at, message))


def no_such_column(soql: str, at: int, name: str, entity: str) -> QueryError:
    return invalid_field(
        soql,
        at,
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom"
        f" field, be sure to append the '__c' after the custom field name. {REFERENCE}",
    )


def no_such_object(soql: str, at: int, name: str) -> QueryError:
    message = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be"
        f" sure to append the '__c' after the entity name. {REFERENCE}"
    )
    return QueryError("INVALID_TYPE", pointing(soql, at, message))
