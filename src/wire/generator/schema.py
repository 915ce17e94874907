"""What the .proto files say, as the generated code needs it: messages, fields, and how they lie in memory."""
import re

from descriptors import fields, varints

# A sub-message of more bytes than this lies on the heap: such ones are seldom there, and structs of many of
# them would be large in coroutine frames and lists.
LARGEST_INLINE = 48

KEYWORDS = set(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default
    delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long
    mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template this
    thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor
    xor_eq""".split()
)


class Unsupported(Exception):
    """A construct that no message of TiKV has, and that nobody tested here."""


# FieldDescriptorProto.Type -> C++ type, wire type, how it is coded, bytes in memory
NUMBERS = {
    1: ("double", 1, "Fixed", 8),
    2: ("float", 5, "Fixed", 4),
    3: ("std::int64_t", 0, "Varint", 8),
    4: ("std::uint64_t", 0, "Varint", 8),
    5: ("std::int32_t", 0, "Varint", 4),
    6: ("std::uint64_t", 1, "Fixed", 8),
    7: ("std::uint32_t", 5, "Fixed", 4),
    8: ("bool", 0, "Varint", 1),
    13: ("std::uint32_t", 0, "Varint", 4),
    15: ("std::int32_t", 5, "Fixed", 4),
    16: ("std::int64_t", 1, "Fixed", 8),
    17: ("std::int32_t", 0, "Zigzag", 4),
    18: ("std::int64_t", 0, "Zigzag", 8),
}
STRING, GROUP, MESSAGE, BYTES, ENUM = 9, 10, 11, 12, 14
REQUIRED, REPEATED = 2, 3


def snake(name):
    """`RawGetKeyTTL` -> `raw_get_key_ttl`; a keyword gets an underscore."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return name + "_" if name in KEYWORDS else name


def short_name(cpp, namespace):
    """Without the namespaces that both have."""
    parts, around = cpp.split("::"), namespace.split("::")
    while around and len(parts) > 1 and parts[0] == around[0]:
        parts, around = parts[1:], around[1:]
    return "::".join(parts)


def last(found, number, default):
    return found.get(number, [default])[-1]


def text(found, number):
    return last(found, number, b"").decode()


def signed(value):
    return value - (1 << 64) if value >> 63 else value


class Field:
    def __init__(self, data, message, comment):
        found = fields(data)
        self.name = snake(text(found, 1))
        self.full = f"{message.full}.{text(found, 1)}".lstrip(".")
        self.number = last(found, 3, 0)
        self.type = last(found, 5, 0)
        self.repeated = last(found, 4, 0) == REPEATED
        self.type_name = text(found, 6)
        self.comment = comment
        self.packed = bool(last(fields(last(found, 8, b"")), 2, 1))
        has_presence = bool(last(found, 17, 0))  # proto3 `optional`
        self.oneof = last(found, 9, None) if not has_presence else None
        self.optional = has_presence or self.oneof is not None
        if self.type == GROUP or last(found, 4, 0) == REQUIRED:
            raise Unsupported(f"{self.full}: groups and required fields are not supported")
        self.is_text = self.type in (STRING, BYTES)
        self.is_message = self.type == MESSAGE
        self.is_enum = self.type == ENUM
        self.target = None
        self.boxed = False

    def resolve(self, types):
        if self.type_name:
            self.target = types[self.type_name]
        if self.is_map and not all(each.is_text for each in self.target.fields):
            raise Unsupported(f"{self.full}: maps of other types than string to string are not supported")

    @property
    def is_map(self):
        return self.is_message and self.target.is_map_entry

    @property
    def wire_type(self):
        if self.is_text or self.is_message:
            return 2
        return 0 if self.is_enum else NUMBERS[self.type][1]

    @property
    def tag(self):
        """As it is written."""
        packs = self.repeated and self.packed and not (self.is_text or self.is_message)
        return self.number << 3 | (2 if packs else self.wire_type)

    @property
    def tag_of_one(self):
        return self.number << 3 | self.wire_type

    @property
    def tag_size(self):
        return (self.tag.bit_length() + 6) // 7

    @property
    def kind(self):
        """How a number is coded."""
        return "Varint" if self.is_enum else NUMBERS[self.type][2]

    def element(self, namespace):
        """The C++ type of one value, as it is called in a namespace."""
        if self.is_text:
            return "std::string"
        return short_name(self.target.cpp, namespace) if self.type_name else NUMBERS[self.type][0]

    def declaration(self, namespace, qualifier, complete):
        """The member. All have initialisers, so that designated ones may leave any of them out; but an
        initialiser needs the whole type."""
        element = self.element(namespace)
        empty = "{}" if complete else ""
        if self.is_map:
            return f"{qualifier}TextMap {self.name}{{}};"
        if self.repeated:
            return f"std::vector<{element}> {self.name}{empty};"
        if self.is_message:
            return f"{qualifier + 'Box' if self.boxed else 'std::optional'}<{element}> {self.name}{empty};"
        if self.optional:
            return f"std::optional<{element}> {self.name}{{}};"
        if self.is_text:
            return f"std::string {self.name}{{}};"
        return f"{element} {self.name} = {self.default(element)};"

    def default(self, element):
        if self.is_enum:  # the first value of an enum of proto3 is 0
            return f"{element}::{self.target.values[0][0]}"
        return "false" if element == "bool" else "0"

    @property
    def size(self):
        """About so many bytes in memory."""
        if self.is_map:
            return 48
        if self.repeated:
            return 24
        if self.is_message:
            return 8 if self.boxed else self.target.size + 8
        bytes_of_one = 32 if self.is_text else 4 if self.is_enum else NUMBERS[self.type][3]
        return bytes_of_one + (8 if self.optional else 0)


class Enum:
    def __init__(self, data, scope, cpp, comments, path):
        found = fields(data)
        self.name = text(found, 1)
        self.full, self.cpp = f"{scope}.{self.name}", f"{cpp}::{self.name}"
        self.comment = comments.get(path)
        self.values = []
        for at, value in enumerate(found.get(2, [])):
            value = fields(value)
            self.values.append((snake(text(value, 1)), signed(last(value, 2, 0)), comments.get(path + (2, at))))
        refuse_equal_names([name for name, _, _ in self.values], self.full)


class Message:
    def __init__(self, data, scope, cpp, comments, path):
        found = fields(data)
        self.name = text(found, 1)
        self.full, self.cpp = f"{scope}.{self.name}", f"{cpp}::{self.name}"
        self.comment = comments.get(path)
        self.is_map_entry = bool(last(fields(last(found, 7, b"")), 7, 0))
        if 6 in found or 5 in found:
            raise Unsupported(f"{self.full[1:]}: extensions are not supported")
        self.enums = [Enum(e, self.full, self.cpp, comments, path + (4, i)) for i, e in enumerate(found.get(4, []))]
        self.nested = [Message(m, self.full, self.cpp, comments, path + (3, i)) for i, m in enumerate(found.get(3, []))]
        self.declared = [Field(f, self, comments.get(path + (2, i))) for i, f in enumerate(found.get(2, []))]
        refuse_equal_names([field.name for field in self.declared], self.full)
        self.fields = sorted(self.declared, key=lambda field: field.number)
        self.size = None  # not known yet
        self.top = None  # the outermost message around it

    def with_nested(self):
        for nested in self.nested:
            yield from nested.with_nested()
        yield self

    def structs(self):
        return [message for message in self.with_nested() if not message.is_map_entry]


class File:
    def __init__(self, data):
        found = fields(data)
        self.name, self.package = text(found, 1), text(found, 2)
        self.stem = self.name.removesuffix(".proto")
        if text(found, 12) != "proto3":
            raise Unsupported(f"{self.name}: only proto3 is supported")
        if 7 in found:
            raise Unsupported(f"{self.name}: extensions are not supported")
        self.imports = [name.decode().removesuffix(".proto") for name in found.get(3, [])]
        if not self.package.startswith("tikv."):
            raise Unsupported(f"{self.name}: its package is not in tikv, where the code for all of them is")
        self.namespace = self.package.replace(".", "::")
        self.qualifier = "" if self.package.startswith("tikv.wire.") else "wire::"
        comments = dict(comments_of(last(found, 9, b"")))
        self.comment = comments.get((12,))  # it stands before `syntax`
        scope, cpp = f".{self.package}", self.namespace
        self.enums = [Enum(e, scope, cpp, comments, (5, i)) for i, e in enumerate(found.get(5, []))]
        self.messages = [Message(m, scope, cpp, comments, (4, i)) for i, m in enumerate(found.get(4, []))]
        for top in self.messages:
            for message in top.with_nested():
                message.top = top

    def used_before_defined(self):
        """Structs that are named before they stand: in a box or a list."""
        places = {message: place for place, top in enumerate(self.messages) for message in top.with_nested()}
        return [
            target
            for target in self.messages
            if any(
                field.target is target and places[message] <= places[target]
                for message in places
                for field in message.fields
            )
        ]

    def structs(self):
        """All of them, in the order of their definition."""
        return [message for top in self.messages for message in top.structs()]


def comments_of(source_info):
    """Path of a thing -> the comment before it, the one behind it."""
    for location in map(fields, fields(source_info).get(1, [])):
        yield tuple(varints(last(location, 1, b""))), (text(location, 3), text(location, 4))


def refuse_equal_names(names, owner):
    for name in names:
        if names.count(name) > 1:
            raise Unsupported(f"{owner[1:]}: two names become {name}")


def load(descriptions):
    """The files, those that are imported first; all types resolved, laid out and in order."""
    files, types = [], {}
    for data in descriptions:
        file = File(data)
        messages = [message for top in file.messages for message in top.with_nested()]
        enums = file.enums + [enum for message in messages for enum in message.enums]
        types.update({each.full: each for each in messages + enums})
        for message in messages:
            for field in message.declared:
                field.resolve(types)
        for message in messages:
            lay_out(message, set())
        file.messages = in_order(file.messages)
        files.append(file)
    return files


def lay_out(message, inside):
    """Decides what lies on the heap. What leads back to itself must, and so do the members of a oneof, and structs
    inside the one that holds them: compilers know their initialisers when the outer one is complete."""
    if message.size is not None:
        return
    for field in message.fields:
        if not field.is_message or field.repeated:
            continue
        field.boxed = field.target is message or field.target in inside
        if not field.boxed:
            lay_out(field.target, inside | {message})
            within = field.target.top is message.top and field.target is not message.top
            field.boxed = within or field.oneof is not None or field.target.size > LARGEST_INLINE
    message.size = (sum(field.size for field in message.fields) + 7) // 8 * 8


def in_order(messages):
    """So that each struct stands behind those that it names, as far as they do not name each other."""
    top_of = {message: top for top in messages for message in top.with_nested()}
    named = {
        top: [top_of[field.target] for struct in top.with_nested() for field in struct.fields if field.target in top_of]
        for top in messages
    }
    held = {
        top: [
            top_of[field.target]
            for struct in top.with_nested()
            for field in struct.fields
            if field.is_message and not field.boxed and not field.repeated and field.target in top_of
        ]
        for top in messages
    }

    def reaches(begin, end):
        seen, waiting = set(), [begin]
        while waiting:
            top = waiting.pop()
            if top is end:
                return True
            if top not in seen:
                seen.add(top)
                waiting += named[top]
        return False

    placed = []

    def place(top):
        if top in placed:
            return
        for other in named[top]:
            if other is not top and (other in held[top] or not reaches(other, top)):
                place(other)
        placed.append(top)

    for top in messages:
        place(top)
    return placed
