"""Every finding of a generation: its code, what it means and how much it weighs."""

from __future__ import annotations

from enum import Enum, StrEnum

__all__ = ["DEGRADATIONS", "Code", "Weight"]

_LOOSER = True


class Weight(Enum):
    """What a finding does to a run.

    `fatal` ends it. `loss` means that something of the spec would be left out: an error, or a warning where the caller
    allows partial output. `warning` and `note` never stop a run.
    """

    FATAL = "fatal"
    LOSS = "loss"
    WARNING = "warning"
    NOTE = "note"


class Code(StrEnum):
    """A stable code with its weight and a one-line meaning.

    `degrades` marks a degradation: the generated code takes or sends something else than the document says, be it a
    looser type, a default in place of what is written, or a part left out. Every loss is one. `--strict` makes
    degradations errors.
    """

    weight: Weight
    meaning: str
    degrades: bool

    def __new__(cls, code: str, weight: Weight, meaning: str, looser: bool = False) -> Code:
        """Make a member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.weight = weight
        member.meaning = meaning
        member.degrades = looser or weight is Weight.LOSS
        return member

    CONFIGURATION = "SB001", Weight.FATAL, "The configuration is missing, not TOML, or has an unknown key."
    PACKAGE_NAME = "SB002", Weight.FATAL, "The package name cannot be imported, or would hide another module."
    FACE = "SB003", Weight.FATAL, "The synchronous face of an overlay cannot be made."
    NO_OPERATIONS = "SB004", Weight.WARNING, "The document has no operations; the package has types only."

    MODEL = "SB005", Weight.FATAL, "A file with a model (as `specbind ir` prints it) cannot be read."

    UNREADABLE = "SB101", Weight.FATAL, "The file cannot be read: missing, a directory, or no permission."
    TOO_LARGE = "SB102", Weight.FATAL, "The input is larger than the reader accepts."
    NOT_TEXT = "SB103", Weight.FATAL, "The bytes are not text in UTF-8, UTF-16 or UTF-32."
    EMPTY = "SB104", Weight.FATAL, "The file holds no document."
    SYNTAX = "SB105", Weight.FATAL, "The text is neither JSON nor YAML."
    TOO_DEEP = "SB106", Weight.FATAL, "Values are nested deeper than the reader accepts."
    ALIAS = "SB107", Weight.FATAL, "A YAML alias is undefined, contains itself, or aliases expand to too many values."
    TAG = "SB108", Weight.FATAL, "A YAML tag asks for something other than plain values."
    DUPLICATE_KEY = "SB109", Weight.LOSS, "A key stands twice in one mapping; the last one counts."
    SEVERAL_DOCUMENTS = "SB110", Weight.LOSS, "The YAML stream holds several documents; only the first one is read."
    KEY_KIND = "SB111", Weight.FATAL, "A YAML mapping key is a list or a mapping."
    REFUSED_REFERENCE = (
        "SB112",
        Weight.LOSS,
        "A reference leads where reading is not allowed: remote, absolute, outside.",
    )
    DANGLING_REFERENCE = "SB113", Weight.LOSS, "A reference leads to nothing."
    REFERENCE_CYCLE = "SB114", Weight.LOSS, "References lead in a circle and never reach a value."
    UNREADABLE_PART = "SB115", Weight.LOSS, "A file that a reference leads to cannot be read."
    REPEATED_MEMBER = (
        "SB120",
        Weight.WARNING,
        "A key stands twice in a part of an operation or schema; the last one counts.",
        _LOOSER,
    )
    NOT_OVERLAY = "SB116", Weight.FATAL, "The document is not an overlay document."
    OVERLAY_ACTION = "SB117", Weight.LOSS, "An action of an overlay is malformed, or does not fit its target."
    OVERLAY_UNMATCHED = "SB118", Weight.LOSS, "The target of an overlay's action matches nothing."
    OVERLAY_EXTENDS = "SB119", Weight.WARNING, "An overlay is made for another document."

    NOT_OPENAPI = "SB201", Weight.FATAL, "The document is not an OpenAPI document."
    VERSION = "SB202", Weight.FATAL, "The version of OpenAPI is not supported."
    NEWER_VERSION = (
        "SB203",
        Weight.WARNING,
        "The version is newer than the reader knows; it is read as the newest known.",
    )
    WRONG_TYPE = (
        "SB204",
        Weight.WARNING,
        "A value has another JSON type than OpenAPI asks for; it is not used.",
        _LOOSER,
    )
    LEFT_OUT = "SB205", Weight.LOSS, "A part of the API is so malformed that it is left out."
    MISSING = "SB206", Weight.WARNING, "A required member is missing; a default stands in.", _LOOSER
    UNKNOWN_MEMBER = "SB207", Weight.NOTE, "OpenAPI does not know this member; it is not used."
    NOT_CARRIED = "SB208", Weight.NOTE, "The model has no place for this member; generated code does not know it."
    DEGRADED = (
        "SB209",
        Weight.WARNING,
        "The schema says more than the model can carry; it becomes any JSON value.",
        _LOOSER,
    )
    SCHEMA_CONFLICT = "SB210", Weight.WARNING, "Parts of one schema contradict each other.", _LOOSER
    UNION_JOINED = (
        "SB211",
        Weight.WARNING,
        "A union inside allOf is joined: members of its variants become optional.",
        _LOOSER,
    )
    DEFAULT_MISFIT = "SB212", Weight.WARNING, "A default does not fit its type; it is not used.", _LOOSER
    ENUM = "SB213", Weight.WARNING, "An enum is empty, or has values that do not fit its type.", _LOOSER
    DISCRIMINATOR = "SB214", Weight.WARNING, "A discriminator names no usable schema, value or property.", _LOOSER
    ID_TAKEN = "SB215", Weight.NOTE, "Two places would have the same id; the later one is told apart."
    OPERATION_ID_MISSING = "SB216", Weight.NOTE, "An operation has no operationId; one is made of method and path."
    OPERATION_ID_REPEATED = "SB217", Weight.WARNING, "An operationId stands twice; the later one is told apart."
    PATH_PARAMETER_UNDECLARED = (
        "SB218",
        Weight.WARNING,
        "The path names a parameter that is not declared; it is a string.",
        _LOOSER,
    )
    PATH_PARAMETER_UNUSED = (
        "SB219",
        Weight.WARNING,
        "A path parameter does not stand in the path; it cannot be sent.",
        _LOOSER,
    )
    PATH_TEXT = "SB220", Weight.WARNING, "A path holds text that cannot stand in a URL path; it is encoded or cut."
    PARAMETER_REPEATED = "SB221", Weight.WARNING, "A parameter is declared twice; the first one counts.", _LOOSER
    PARAMETER_IGNORED = "SB222", Weight.NOTE, "OpenAPI says that this header parameter is ignored."
    HEADER_NAME = "SB223", Weight.WARNING, "A header or cookie name cannot be sent over HTTP.", _LOOSER
    STYLE = (
        "SB224",
        Weight.WARNING,
        "A parameter's style does not exist or does not fit; the default style is used.",
        _LOOSER,
    )
    SERVER_URL = "SB225", Weight.WARNING, "A server URL cannot be used as a base URL; it is not used.", _LOOSER
    SECURITY_UNDECLARED = (
        "SB226",
        Weight.WARNING,
        "A security requirement names a scheme that is not declared.",
        _LOOSER,
    )
    PATH_REPEATED = "SB227", Weight.NOTE, "Two paths differ in parameter names or fragments only."
    RESPONSES_MISSING = "SB228", Weight.NOTE, "An operation declares no responses; any answer is given back as it is."
    STATUS = "SB229", Weight.WARNING, "A response stands under a key that is no status.", _LOOSER
    LINK = "SB230", Weight.WARNING, "A link leads to no operation of the document; it is kept as it is written."
    BODY_PARAMETERS = (
        "SB231",
        Weight.WARNING,
        "An operation of 2.0 has several bodies, or a body beside form fields.",
        _LOOSER,
    )
    QUERY_STRING = (
        "SB232",
        Weight.WARNING,
        "A querystring parameter has no content, or is not the only one in the query.",
        _LOOSER,
    )
    MEDIA_MISFIT = "SB233", Weight.WARNING, "Media types of 2.0 cannot carry the schema; JSON is taken.", _LOOSER
    MISPLACED_METHOD = "SB234", Weight.NOTE, "additionalOperations holds a method that has a member of its own."

    PARAMETER = "SB235", Weight.WARNING, "A parameter is so malformed that it is left out.", _LOOSER
    DANGLING_SCHEMA = "SB236", Weight.WARNING, "A schema refers to nothing; it is any JSON value.", _LOOSER
    VALUE_REPEATED = "SB237", Weight.NOTE, "An enum lists a value twice; it counts once."

    UNSATISFIABLE = (
        "SB238",
        Weight.WARNING,
        "A schema takes no value at all (`false`); where the language cannot say so, any value is read.",
        _LOOSER,
    )

    PROTOC = "SB241", Weight.FATAL, "protoc is not installed, refuses the protos, or takes too long."
    PROTO_REFUSED = "SB242", Weight.FATAL, "What protoc says about a proto that it refuses."
    PROTOC_WARNING = "SB243", Weight.WARNING, "What protoc warns of."
    PROTO_ROOT = "SB244", Weight.FATAL, "A proto or an include root is not where protos may be read from."
    DESCRIPTOR = "SB245", Weight.FATAL, "A descriptor set is damaged, or says what no proto can say."
    EDITION = "SB246", Weight.WARNING, "An edition is not known; it is read as the newest known."
    HTTP_RULE = "SB247", Weight.WARNING, "A google.api.http rule is malformed; it is not used.", _LOOSER

    ALIAS_CYCLE = (
        "SB301",
        Weight.WARNING,
        "Aliases lead in a circle; one link becomes any JSON value, where the language has no such type.",
        _LOOSER,
    )
    SELECTOR = "SB302", Weight.FATAL, "A selector is malformed, or selectors leave no operation."
    SELECTOR_UNMATCHED = "SB303", Weight.WARNING, "A selector matches no operation."
    SELECTED = "SB304", Weight.NOTE, "What selectors leave out, counted."

    TYPE_NAME = (
        "SB401",
        Weight.WARNING,
        "Two types want one class name, or a name that the package needs; one gets another.",
    )
    VALUE_NAME = "SB402", Weight.NOTE, "Two values of an enum want one name; one gets another."
    FIELD_NAME = "SB403", Weight.NOTE, "Two fields want one name, or a reserved one; one gets another."
    TEXT_ANSWER = (
        "SB404",
        Weight.NOTE,
        "Answers of this media type are given as text, although a type is declared.",
        _LOOSER,
    )
    RESOURCE_NAME = "SB405", Weight.WARNING, "Two tags want one resource name, or a reserved one; one gets another."
    METHOD_NAME = "SB406", Weight.WARNING, "Two operations want one method name, or a reserved one; one gets another."
    CREDENTIAL = "SB407", Weight.WARNING, "A security scheme gets no credential class.", _LOOSER
    ARGUMENT_NAME = "SB408", Weight.NOTE, "Two parameters want one argument name, or a reserved one; one gets another."
    OPERATION_SERVERS = (
        "SB409",
        Weight.WARNING,
        "A server of a path or operation is no address; it is left out.",
        _LOOSER,
    )
    BASE_URL = "SB411", Weight.WARNING, "The first server cannot be the client's default base URL."
    TUPLE_REST = (
        "SB412",
        Weight.NOTE,
        "An array with types by position and further items is a list of anything.",
        _LOOSER,
    )
    MIXED_DECIMALS = (
        "SB413",
        Weight.WARNING,
        "A body has decimals that are numbers and decimals that are text.",
        _LOOSER,
    )

    OUTPUT = "SB501", Weight.FATAL, "The output cannot be written."
    FORMATTER = "SB502", Weight.FATAL, "ruff, which formats the output, is not installed."
    OUTPUT_SYNTAX = "SB503", Weight.FATAL, "The generated code does not parse; a fault of specbind."
    MANIFEST = "SB504", Weight.FATAL, "The manifest of an earlier generation is damaged."
    OUTPUT_KIND = "SB505", Weight.FATAL, "The output is a file or a link where a folder is due."
    OUTPUT_TAKEN = "SB506", Weight.FATAL, "The output folder is not empty and was not made by specbind."
    FILE_TAKEN = "SB507", Weight.FATAL, "A file that specbind did not make is in the way."
    FILE_EDITED = "SB508", Weight.FATAL, "A generated file was edited by hand."
    NOT_GENERATED = "SB510", Weight.FATAL, "The folder holds no generation to check, or one whose spec is not found."
    OTHER_GENERATION = "SB509", Weight.FATAL, "The output folder holds the package of another spec."


DEGRADATIONS = frozenset(str(code) for code in Code if code.degrades)
"""The codes of the findings that `--strict` does not let pass."""
