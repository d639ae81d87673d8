"""Every kind of change between two versions of an API: its code, and what it weighs where it is sent and received."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

__all__ = ["Flow", "Impact", "Rule"]


class Impact(IntEnum):
    """How much a change weighs, lightest first.

    `breaking`: a request that the old document allows is refused by the new one, or an answer that the new one allows
    cannot be read with the old one. `source`: the wire is the same, but code that uses the generated package has to
    change. `addition`: what was possible stays possible, and something is new. `note`: anything else.
    """

    NOTE = 0
    ADDITION = 1
    SOURCE = 2
    BREAKING = 3

    @property
    def word(self) -> str:
        """The word for people and tools."""
        return self.name.lower()

    @property
    def bump(self) -> str:
        """The part of a semantic version that such a change raises."""
        return ("patch", "minor", "major", "major")[self]


class Flow(Enum):
    """Which way a value goes, seen from the generated client. `unused`: no operation leads to the type."""

    SENT = "sent"
    RECEIVED = "received"
    UNUSED = "unused"

    @property
    def opposite(self) -> Flow:
        """The way of the answer to a value that goes this way."""
        return {Flow.SENT: Flow.RECEIVED, Flow.RECEIVED: Flow.SENT}.get(self, self)


_BREAKING, _SOURCE, _ADDITION, _NOTE = Impact.BREAKING, Impact.SOURCE, Impact.ADDITION, Impact.NOTE


class Rule(StrEnum):
    """A stable code with its weight where the value is sent and where it is received, its meaning, and a way out."""

    sent: Impact
    received: Impact
    meaning: str
    hint: str

    def __new__(cls, code: str, sent: Impact, received: Impact, meaning: str, hint: str = "") -> Rule:
        """Make a member whose value is the code alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sent = sent
        member.received = received
        member.meaning = meaning
        member.hint = hint
        return member

    def impact(self, flow: Flow) -> Impact:
        """What the change weighs for a value that goes this way. A value that nobody uses does not touch the wire."""
        if flow is Flow.UNUSED:
            return min(Impact.SOURCE, max(self.sent, self.received))
        return self.sent if flow is Flow.SENT else self.received

    TITLE = "SD101", _NOTE, _NOTE, "The title has changed; the default name of the package follows it."
    OTHER = "SD102", _NOTE, _NOTE, "Only what no other rule names has changed: texts, examples, order."
    SERVER_ADDED = "SD103", _ADDITION, _ADDITION, "A server was added."
    SERVER_REMOVED = (
        "SD104",
        _BREAKING,
        _BREAKING,
        "A server was removed; clients may still call it.",
        "keep the address in the list as long as it answers",
    )
    SERVER_DEFAULT = "SD105", _NOTE, _NOTE, "Another of the servers comes first; clients call that one by default."
    SERVER_VARIABLES = "SD106", _SOURCE, _SOURCE, "The variables of a server have changed; no value is refused."
    SERVER_VALUE_REMOVED = (
        "SD107",
        _BREAKING,
        _BREAKING,
        "A variable of a server is gone, or no longer takes a value.",
        "keep the value as long as its address answers",
    )
    UNSEEN = "SD108", _NOTE, _NOTE, "The documents differ, though in nothing that is compared."
    SECURITY_ADDED = "SD111", _ADDITION, _NOTE, "Calls may be authorised in one more way."
    SECURITY_REMOVED = (
        "SD112",
        _BREAKING,
        _NOTE,
        "A way to authorise calls is gone, or asks for more.",
        "keep the former requirement as an alternative",
    )
    SCHEME_ADDED = "SD113", _ADDITION, _ADDITION, "A security scheme was added."
    SCHEME_REMOVED = "SD114", _SOURCE, _SOURCE, "A security scheme was removed, and its credential class with it."
    SCHEME_CHANGED = "SD115", _BREAKING, _BREAKING, "A security scheme sends its credential in another way."
    SCHEME_DETAILS = "SD116", _NOTE, _NOTE, "Scopes, texts or the like of a security scheme have changed."
    SCHEME_FLOW = (
        "SD117",
        _BREAKING,
        _BREAKING,
        "An OAuth2 flow is gone, or its tokens are given out elsewhere.",
        "keep the former flow and address as long as clients use them",
    )

    OPERATION_ADDED = "SD201", _ADDITION, _ADDITION, "An operation was added."
    OPERATION_REMOVED = (
        "SD202",
        _BREAKING,
        _BREAKING,
        "An operation was removed.",
        "mark it as deprecated first, and remove it with the next major version",
    )
    OPERATION_MOVED = (
        "SD203",
        _BREAKING,
        _BREAKING,
        "An operation has another method or path.",
        "keep the former one too, marked as deprecated",
    )
    OPERATION_RENAMED = (
        "SD204",
        _SOURCE,
        _SOURCE,
        "An operation has another id; its method is called otherwise.",
        "keep the operationId",
    )
    OPERATION_REGROUPED = (
        "SD205",
        _SOURCE,
        _SOURCE,
        "An operation has another first tag; its method belongs to another resource.",
        "keep the first tag",
    )
    OPERATION_REPEATABLE = "SD206", _NOTE, _NOTE, "Whether an operation may be repeated has changed; retries follow it."
    STREAM_KIND = "SD207", _BREAKING, _BREAKING, "A call streams that did not, or the reverse."
    DEPRECATED = "SD208", _ADDITION, _ADDITION, "Something is deprecated now; its use warns."
    UNDEPRECATED = "SD209", _NOTE, _NOTE, "Something is no longer deprecated."

    PARAMETER_ADDED = "SD301", _ADDITION, _ADDITION, "An optional parameter or header was added."
    PARAMETER_ADDED_REQUIRED = (
        "SD302",
        _BREAKING,
        _ADDITION,
        "A required parameter or header was added.",
        "make it optional, with a default",
    )
    PARAMETER_REMOVED = "SD303", _BREAKING, _BREAKING, "A parameter or header was removed."
    PARAMETER_MOVED = "SD304", _BREAKING, _BREAKING, "A parameter stands elsewhere: path, query, header or cookie."
    PARAMETER_RENAMED = "SD305", _SOURCE, _SOURCE, "A path parameter has another name; so has the argument."
    PARAMETER_STYLE = "SD306", _BREAKING, _BREAKING, "A parameter or part is written in another way (style, media)."
    PARAMETER_ENCODING = (
        "SD307",
        _NOTE,
        _NOTE,
        "More may stand in a parameter (allowReserved, allowEmptyValue), or less.",
    )
    VALUE_REQUIRED = (
        "SD308",
        _BREAKING,
        _ADDITION,
        "A parameter, member or body that could be left out has to be there.",
        "leave it optional, with a default",
    )
    VALUE_OPTIONAL = "SD309", _ADDITION, _BREAKING, "A parameter, member or body that had to be there may be left out."
    PRESENCE_KIND = "SD310", _SOURCE, _SOURCE, "Absence is told in another way (proto's implicit presence)."
    DEFAULT_CHANGED = (
        "SD311",
        _BREAKING,
        _NOTE,
        "A default has changed or is gone; calls that leave the value out mean something else.",
    )
    DEFAULT_STATED = "SD312", _NOTE, _NOTE, "A default is stated now."
    EMPTY_REFUSED = "SD313", _BREAKING, _NOTE, "A parameter may no longer be empty (allowEmptyValue)."

    BODY_ADDED = "SD401", _ADDITION, _ADDITION, "An optional body was added."
    BODY_ADDED_REQUIRED = "SD402", _BREAKING, _ADDITION, "A required body was added."
    BODY_REMOVED = "SD403", _BREAKING, _BREAKING, "A body was removed."
    MEDIA_ADDED = "SD404", _ADDITION, _NOTE, "A media type of a body was added."
    MEDIA_REMOVED = "SD405", _BREAKING, _BREAKING, "A media type of a body was removed.", "serve both for a while"
    PART_CHANGED = "SD406", _NOTE, _NOTE, "The encoding of a part is stated or is no longer; its bytes are the same."
    FAILURE = "SD407", _SOURCE, _SOURCE, "Another type marks an answer as a failure."
    ANSWER_ADDED = (
        "SD411",
        _ADDITION,
        _BREAKING,
        "A status of success was added that readers of the old document do not know.",
    )
    ANSWER_REMOVED = "SD412", _BREAKING, _BREAKING, "A status of success was removed."
    ERROR_ADDED = "SD413", _ADDITION, _ADDITION, "A status of failure was added."
    ERROR_REMOVED = "SD414", _BREAKING, _NOTE, "A status of failure was removed."
    ANSWER_KIND = "SD415", _SOURCE, _SOURCE, "A status is raised that was returned, or the reverse."
    LINK = "SD416", _NOTE, _NOTE, "Links of an answer have changed."
    ANSWER_STATED = "SD417", _SOURCE, _SOURCE, "Answers are declared where none were; calls return something else."

    TYPE_CHANGED = "SD501", _BREAKING, _BREAKING, "A type is another one, and neither holds the other."
    TYPE_NARROWED = "SD502", _BREAKING, _SOURCE, "A type holds fewer values than before, in another form."
    TYPE_WIDENED = "SD503", _ADDITION, _BREAKING, "A type holds more values than before, in another form."
    NUMBER_NARROWED = "SD504", _BREAKING, _NOTE, "A number has a smaller range."
    NUMBER_WIDENED = "SD505", _ADDITION, _BREAKING, "A number has a larger range."
    NULL_REFUSED = "SD506", _BREAKING, _NOTE, "null is no longer a value."
    NULL_ALLOWED = "SD507", _ADDITION, _BREAKING, "null has become a value."
    FORMAT_STATED = "SD508", _BREAKING, _SOURCE, "A format that fixes the form of values is stated now."
    FORMAT_DROPPED = "SD509", _SOURCE, _BREAKING, "A format that fixes the form of values is no longer stated."
    FORMAT_CHANGED = "SD510", _BREAKING, _BREAKING, "Values have another format."
    FORMAT_HINT = "SD511", _NOTE, _NOTE, "A format that only advises has changed."
    CONSTRAINT_TIGHTENED = "SD512", _BREAKING, _NOTE, "A constraint was added or is tighter."
    CONSTRAINT_LOOSENED = "SD513", _ADDITION, _NOTE, "A constraint was dropped or is looser."
    VALIDATION_CHANGED = (
        "SD514",
        _BREAKING,
        _NOTE,
        "A keyword that only validates (not, if, ...) was added or has changed; it may refuse what was taken.",
        "look at the keyword: nobody but its author can tell whether it is tighter",
    )
    VALIDATION_DROPPED = "SD515", _ADDITION, _NOTE, "A keyword that only validates (not, if, ...) is gone."
    NUMBER_REUSED = "SD520", _BREAKING, _BREAKING, "A field number belongs to another field of another type (proto)."
    FIELD_ADDED = "SD521", _ADDITION, _ADDITION, "An optional member was added."
    FIELD_ADDED_REQUIRED = (
        "SD522",
        _BREAKING,
        _ADDITION,
        "A required member was added.",
        "make it optional",
    )
    FIELD_REMOVED = "SD523", _SOURCE, _BREAKING, "A member was removed; other members are still allowed there."
    FIELD_REFUSED = "SD524", _BREAKING, _BREAKING, "A member was removed, and other members are refused."
    FIELD_DIRECTION = "SD525", _NOTE, _NOTE, "A member has become read-only or write-only, or is no longer."
    FIELD_NUMBER = "SD526", _BREAKING, _BREAKING, "A member has another field number (proto)."
    MEMBERS_REFUSED = "SD527", _BREAKING, _NOTE, "Members beside the properties are refused now."
    MEMBERS_ALLOWED = "SD528", _ADDITION, _NOTE, "Members beside the properties are allowed now."
    FIELD_RENAMED = "SD529", _SOURCE, _SOURCE, "A field has another name and its old number: JSON breaks (proto)."
    VARIANT_ADDED = "SD531", _ADDITION, _BREAKING, "A union without discriminator has one more variant."
    VARIANT_ADDED_OPEN = "SD532", _ADDITION, _NOTE, "A union with discriminator has one more variant."
    VARIANT_REMOVED = "SD533", _BREAKING, _NOTE, "A union has lost a variant."
    DISCRIMINATOR = "SD534", _BREAKING, _BREAKING, "The variants of a union are told apart by another member."
    TAG_ADDED = "SD535", _ADDITION, _NOTE, "One more discriminator value selects a variant."
    TAG_REMOVED = "SD536", _BREAKING, _NOTE, "A discriminator value no longer selects its variant."
    UNION_KIND = "SD537", _NOTE, _NOTE, "oneOf has become anyOf."
    UNION_EXCLUSIVE = "SD538", _BREAKING, _NOTE, "anyOf has become oneOf; a value that fits two variants is refused."
    TAG_MOVED = (
        "SD539",
        _BREAKING,
        _BREAKING,
        "A discriminator value selects another variant.",
        "give the other variant a value of its own",
    )
    ENUM_VALUE_ADDED = "SD541", _ADDITION, _NOTE, "An open enum has one more value; readers keep unknown values."
    ENUM_VALUE_ADDED_CLOSED = "SD542", _ADDITION, _BREAKING, "A closed enum has one more value."
    ENUM_VALUE_REMOVED = "SD543", _BREAKING, _SOURCE, "An enum has lost a value."
    ENUM_VALUE_NAME = "SD544", _SOURCE, _SOURCE, "A value of an enum has another name."
    ENUM_OPENNESS = "SD545", _SOURCE, _SOURCE, "An enum that was open is closed, or the reverse."
    DEFINITION_ADDED = "SD551", _ADDITION, _ADDITION, "A named type was added."
    DEFINITION_REMOVED = "SD552", _SOURCE, _SOURCE, "A named type was removed; so was its class."
    TYPE_NAME = (
        "SD553",
        _SOURCE,
        _SOURCE,
        "A type has another name; its class is called otherwise.",
        "keep the name of the schema",
    )
    GENERATED_FORM = "SD554", _SOURCE, _SOURCE, "A plain mapping has become a record, or the reverse."
