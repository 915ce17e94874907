"""The header: structs as a person would write them."""
from schema import short_name

BLOCK = """\
// Made from {name} by src/wire/generator.
{comment}#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

{includes}
namespace {namespace} {{

{body}
}}  // namespace {namespace}
"""

FUNCTIONS = """\
[[nodiscard]] std::size_t encoded_size(const {struct}& from) noexcept;
void write({qualifier}Writer& out, const {struct}& from) noexcept;
[[nodiscard]] bool read({qualifier}Reader& in, {struct}& into);
"""


def text_of(file):
    parts = ["".join(f"struct {message.name};\n" for message in file.used_before_defined())]
    parts += [enum_text(enum, "") for enum in file.enums]
    parts += [struct_text(message, file, place, "") for place, message in enumerate(file.messages)]
    names = [short_name(struct.cpp, file.namespace) for struct in file.structs()]
    parts += ["".join(FUNCTIONS.format(struct=name, qualifier=file.qualifier) for name in names)]
    includes = sorted(f'#include "{stem}.h"\n' for stem in [*file.imports, "wire/box", "wire/message"])
    return BLOCK.format(
        name=file.name,
        comment=before(file.comment, "").replace("///", "//"),
        namespace=file.namespace,
        includes="".join(includes),
        body="\n".join(part for part in parts if part),
    )


def list_of(file):
    return "".join(f"TIKV_WIRE_MESSAGE({message.cpp}, \"{message.full[1:]}\")\n" for message in file.structs())


def before(comment, indent):
    """The comment that stands before a thing, or a long one that stood behind it."""
    if not comment:
        return ""
    leading, trailing = comment
    lines = (leading or (trailing if "\n" in trailing.strip("\n") else "")).strip("\n").split("\n")
    return "".join(f"{indent}///{line.rstrip()}\n" for line in lines) if any(lines) else ""


def behind(comment):
    if not comment or comment[0] or "\n" in comment[1].strip("\n"):
        return ""
    line = comment[1].strip()
    return f"  ///< {line}" if line else ""


def enum_text(enum, indent):
    text = before(enum.comment, indent) + f"{indent}enum class {enum.name} : std::int32_t {{\n"
    for name, number, comment in enum.values:
        text += before(comment, indent + "  ") + f"{indent}  {name} = {number},{behind(comment)}\n"
    return text + f"{indent}}};\n"


def struct_text(message, file, place, indent):
    inner = indent + "  "
    text = before(message.comment, indent) + f"{indent}struct {message.name} {{\n"
    text += "".join(enum_text(enum, inner) + "\n" for enum in message.enums)
    nested = [struct for struct in message.nested if not struct.is_map_entry]
    text += "".join(struct_text(struct, file, place, inner) + "\n" for struct in nested)
    for field in message.declared:
        text += before(field.comment, inner)
        complete = field.target not in file.messages or file.messages.index(field.target) <= place
        text += f"{inner}{field.declaration(file.namespace, file.qualifier, complete)}{behind(field.comment)}\n"
    if message.declared:
        text += "\n"
    return text + f"{inner}bool operator==(const {message.name}&) const = default;\n{indent}}};\n"
