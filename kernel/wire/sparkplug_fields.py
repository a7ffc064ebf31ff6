"""The Sparkplug B payload as protobuf messages, built from a table of its fields.

Source of the numbers: Sparkplug specification 3.0.0, section 6.4 (payload B). Data sets and templates are
kept as opaque bytes: Forewarn reads scalar metrics, and has to see that something else was sent.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "forewarn.sparkplug_b"

# name: (number, type, repeated, oneof); a type with a capital is one of the messages here.
_FIELDS: Final[dict[str, dict[str, tuple[int, str, bool, str]]]] = {
    "PropertyValue": {
        "type": (1, "uint32", False, ""),
        "is_null": (2, "bool", False, ""),
        "int_value": (3, "uint32", False, "value"),
        "long_value": (4, "uint64", False, "value"),
        "float_value": (5, "float", False, "value"),
        "double_value": (6, "double", False, "value"),
        "boolean_value": (7, "bool", False, "value"),
        "string_value": (8, "string", False, "value"),
    },
    "PropertySet": {
        "keys": (1, "string", True, ""),
        "values": (2, "PropertyValue", True, ""),
    },
    "Metric": {
        "name": (1, "string", False, ""),
        "alias": (2, "uint64", False, ""),
        "timestamp": (3, "uint64", False, ""),
        "datatype": (4, "uint32", False, ""),
        "is_historical": (5, "bool", False, ""),
        "is_transient": (6, "bool", False, ""),
        "is_null": (7, "bool", False, ""),
        "properties": (9, "PropertySet", False, ""),
        "int_value": (10, "uint32", False, "value"),
        "long_value": (11, "uint64", False, "value"),
        "float_value": (12, "float", False, "value"),
        "double_value": (13, "double", False, "value"),
        "boolean_value": (14, "bool", False, "value"),
        "string_value": (15, "string", False, "value"),
        "bytes_value": (16, "bytes", False, "value"),
        "dataset_value": (17, "bytes", False, "value"),
        "template_value": (18, "bytes", False, "value"),
        "extension_value": (19, "bytes", False, "value"),
    },
    "Payload": {
        "timestamp": (1, "uint64", False, ""),
        "metrics": (2, "Metric", True, ""),
        "seq": (3, "uint64", False, ""),
        "uuid": (4, "string", False, ""),
        "body": (5, "bytes", False, ""),
    },
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    """Return the table as a proto2 file: whether a scalar is there matters."""
    file = descriptor_pb2.FileDescriptorProto(
        name="forewarn/sparkplug_b.proto", package=_PACKAGE, syntax="proto2"
    )
    field_class = descriptor_pb2.FieldDescriptorProto
    for message_name, fields in _FIELDS.items():
        message = file.message_type.add(name=message_name)
        for name, (number, kind, repeated, oneof) in fields.items():
            field = message.field.add(
                name=name,
                number=number,
                label=field_class.LABEL_REPEATED if repeated else field_class.LABEL_OPTIONAL,
            )
            if kind[0].isupper():
                field.type = field_class.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = field_class.Type.Value(f"TYPE_{kind.upper()}")
            if oneof:
                if not message.oneof_decl:
                    message.oneof_decl.add(name=oneof)
                field.oneof_index = 0
    return file


def payload_class() -> Any:
    """Return the protobuf class of a payload; its members are typed by the table above."""
    # A pool of our own: another library may bring the original file's names.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))
