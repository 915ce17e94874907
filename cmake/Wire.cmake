# Plain structs out of .proto files: protoc reads them, src/wire/generator writes the C++.
find_program(TIKV_PROTOC NAMES protoc REQUIRED)
find_program(TIKV_PYTHON NAMES python3 REQUIRED)
set(TIKV_GENERATED ${PROJECT_BINARY_DIR}/generated)
set(TIKV_WIRE_GENERATOR ${PROJECT_SOURCE_DIR}/src/wire/generator/protoc-gen-tikv)
file(GLOB TIKV_WIRE_GENERATOR_PARTS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/wire/generator/*)

# tikv_wire_messages(VARIABLE ROOT PROTO...): sets VARIABLE to the sources and headers of the .proto files, which
# are named as they import each other, from ROOT on. Their headers are found under ${TIKV_GENERATED}.
function(tikv_wire_messages variable root)
  list(TRANSFORM ARGN PREPEND ${root}/ OUTPUT_VARIABLE protos)
  set(made)
  foreach(proto IN LISTS ARGN)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    list(APPEND made ${TIKV_GENERATED}/${stem}.h ${TIKV_GENERATED}/${stem}.cc ${TIKV_GENERATED}/${stem}.inc)
  endforeach()
  file(MAKE_DIRECTORY ${TIKV_GENERATED})
  add_custom_command(
    OUTPUT ${made}
    COMMAND ${TIKV_PROTOC} -I ${root} -I ${PROJECT_SOURCE_DIR}/src --plugin=protoc-gen-tikv=${TIKV_WIRE_GENERATOR}
            --tikv_out=${TIKV_GENERATED} ${protos}
    DEPENDS ${protos} ${TIKV_WIRE_GENERATOR_PARTS}
    COMMENT "Generating messages of the wire"
    VERBATIM)
  list(FILTER made EXCLUDE REGEX "\\.inc$")
  set(${variable} ${made} PARENT_SCOPE)
endfunction()
