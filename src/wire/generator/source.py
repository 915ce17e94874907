"""The source: for each struct its size, its writing and its reading, a line for each field."""
from schema import short_name

BLOCK = """\
// Made from {name} by src/wire/generator.
#include "{stem}.h"

namespace {namespace} {{
{using}{body}
}}  // namespace {namespace}
"""

STRUCT = """
std::size_t encoded_size([[maybe_unused]] const {struct}& from) noexcept {{
  std::size_t size = 0;
{sizes}  return size;
}}

void write([[maybe_unused]] Writer& out, [[maybe_unused]] const {struct}& from) noexcept {{
{writes}}}

bool read(Reader& in, [[maybe_unused]] {struct}& into) {{
  while (!in.at_end()) {{
    std::uint32_t tag = 0;
    if (!in.tag(tag)) return false;
    bool understood = false;
    switch (tag) {{
{reads}      default:
        understood = in.skip(tag);
    }}
    if (!understood) return false;
  }}
  return true;
}}
"""


def text_of(file):
    body = "".join(struct_text(message, short_name(message.cpp, file.namespace)) for message in file.structs())
    using = "using namespace wire;\n" if file.qualifier else ""
    return BLOCK.format(using=using, name=file.name, stem=file.stem, namespace=file.namespace, body=body)


def struct_text(message, name):
    sizes = "".join(f"  {size_line(field)}\n" for field in message.fields)
    writes = "".join(f"  {write_line(field)}\n" for field in reversed(message.fields))  # from the end
    reads = "".join(read_case(field, message) for field in message.fields)
    return STRUCT.format(struct=name, sizes=sizes, writes=writes, reads=reads)


def presence(field, name):
    """When a single field is sent, and its value."""
    if field.is_message or field.optional:
        return name, "*" + name
    return (f"!{name}.empty()" if field.is_text else f"!is_default({name})"), name


def size_line(field):
    name, tag = f"from.{field.name}", field.tag_size
    if field.is_map:
        return f"size += size_of_map<{tag}>({name});"
    if field.repeated:
        if field.is_text or field.is_message:
            return f"size += size_of_all<{tag}>({name});"
        return f"size += size_of_{'packed' if field.packed else 'each'}<{tag}, {field.kind}>({name});"
    there, value = presence(field, name)
    if field.is_text:
        size = f"size_with_length({'(' + value + ')' if field.optional else value}.size())"
    elif field.is_message:
        size = f"size_with_length(encoded_size({value}))"
    else:
        size = f"{field.kind}::size({value})"
    return f"if ({there}) size += {tag} + {size};"


def write_line(field):
    name, tag = f"from.{field.name}", field.tag
    if field.is_map:
        return f"out.map<{tag}>({name});"
    if field.repeated:
        if field.is_text or field.is_message:
            return f"out.all<{tag}>({name});"
        return f"out.{'packed' if field.packed else 'each'}<{tag}, {field.kind}>({name});"
    there, value = presence(field, name)
    if field.is_text or field.is_message:
        return f"if ({there}) out.{'text' if field.is_text else 'message'}<{tag}>({value});"
    return f"if ({there}) out.number<{tag}, {field.kind}>({value});"


def read_case(field, message):
    name, one = f"into.{field.name}", field.tag_of_one
    if field.is_map:
        return case(one, f"in.add_entry({name})")
    if field.repeated:
        if field.is_text or field.is_message:
            return case(one, f"in.add_{'text' if field.is_text else 'message'}<{one}>({name})")
        # Readers take both forms, whichever is declared.
        packed = field.number << 3 | 2
        return case(one, f"in.add_number<{field.kind}>({name})") + case(packed, f"in.add_packed<{field.kind}>({name})")
    target = f"{name}.emplace()" if field.optional else name
    if field.is_message:
        read = f"in.optional_message({name})"
    elif field.is_text:
        read = f"in.text({target})"
    else:
        read = f"in.number<{field.kind}>({target})"
    others = []
    if field.oneof is not None:  # the last one sent is the one that is set
        others = [f"into.{other.name}.reset();" for other in message.fields if other.oneof == field.oneof and other is not field]
    return case(one, read, others)


def case(tag, read, before=()):
    lines = [*before, f"understood = {read};", "break;"]
    return f"      case {tag}:\n" + "".join(f"        {line}\n" for line in lines)
