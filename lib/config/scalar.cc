#include "lib/config/scalar.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/duration.pb.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/config/duration.h"
#include "lib/config/enum_name.h"
#include "lib/config/size.h"
#include "lib/config/text_kind.h"

namespace postern::config {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using CppType = FieldDescriptor::CppType;

constexpr int kMaxFileMode = 07777;

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

absl::Status NotWanted(absl::string_view text, const ScalarField& scalar) {
  return Invalid(
      absl::StrCat("\"", Printable(text), "\" is not ", Wanted(scalar)));
}

std::string DoubleText(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, end.ptr);
}

// The bound as it would stand in the file.
std::string BoundText(double bound, const ScalarField& scalar) {
  if (scalar.field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return DurationText(absl::Seconds(bound));
  }
  if (scalar.options.kind() == v1::KIND_SIZE) {
    return SizeText(static_cast<int64_t>(bound));
  }
  return DoubleText(bound);
}

absl::Status CheckBounds(double value, const ScalarField& scalar) {
  const v1::Field& options = scalar.options;
  if (options.has_min() && value < options.min()) {
    return Invalid(
        absl::StrCat("must be at least ", BoundText(options.min(), scalar)));
  }
  if (options.has_max() && value > options.max()) {
    return Invalid(
        absl::StrCat("must be at most ", BoundText(options.max(), scalar)));
  }
  return absl::OkStatus();
}

// Digits without leading zeros (which would look octal), perhaps a minus.
bool IsDecimal(absl::string_view text) {
  absl::string_view digits = text;
  if (!digits.empty() && digits.front() == '-') digits.remove_prefix(1);
  return !digits.empty() &&
         digits.find_first_not_of("0123456789") == digits.npos &&
         (digits.size() == 1 || digits.front() != '0');
}

template <typename Integer>
absl::StatusOr<Integer> InRange(absl::string_view text) {
  int64_t number;
  if (absl::SimpleAtoi(text, &number) && std::in_range<Integer>(number)) {
    return static_cast<Integer>(number);
  }
  uint64_t large;
  if (absl::SimpleAtoi(text, &large) && std::in_range<Integer>(large)) {
    return static_cast<Integer>(large);
  }
  return Invalid(absl::StrCat("must be from ",
                              std::numeric_limits<Integer>::min(), " to ",
                              std::numeric_limits<Integer>::max()));
}

absl::StatusOr<int> ReadFileMode(absl::string_view text,
                                 const ScalarField& scalar) {
  int mode = 0;
  const bool is_octal = !text.empty() && text.size() <= 5 &&
                        text.find_first_not_of("01234567") == text.npos;
  for (const char c : text) mode = mode * 8 + (is_octal ? c - '0' : 0);
  if (!is_octal || mode > kMaxFileMode) return NotWanted(text, scalar);
  return mode;
}

template <typename Integer>
absl::StatusOr<Integer> ReadInteger(absl::string_view text,
                                    const ScalarField& scalar) {
  Integer number;
  if (scalar.options.kind() == v1::KIND_FILE_MODE) {
    ASSIGN_OR_RETURN(number, ReadFileMode(text, scalar));
  } else if (scalar.options.kind() == v1::KIND_SIZE) {
    ASSIGN_OR_RETURN(const int64_t bytes, ParseSize(text));
    ASSIGN_OR_RETURN(number, InRange<Integer>(absl::StrCat(bytes)));
  } else {
    if (!IsDecimal(text)) return NotWanted(text, scalar);
    ASSIGN_OR_RETURN(number, InRange<Integer>(text));
  }
  RETURN_IF_ERROR(CheckBounds(static_cast<double>(number), scalar));
  return number;
}

absl::StatusOr<double> ReadDouble(absl::string_view text,
                                  const ScalarField& scalar) {
  double number;
  const bool is_plain =
      !text.empty() && text.find_first_not_of("0123456789.eE+-") == text.npos;
  if (!is_plain || !absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
    return NotWanted(text, scalar);
  }
  RETURN_IF_ERROR(CheckBounds(number, scalar));
  return number;
}

absl::StatusOr<bool> ReadBool(absl::string_view text,
                              const ScalarField& scalar) {
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return NotWanted(text, scalar);
}

absl::Status ReadDuration(absl::string_view text, const ScalarField& scalar,
                          Message& message) {
  ASSIGN_OR_RETURN(const absl::Duration duration, ParseDuration(text));
  RETURN_IF_ERROR(CheckBounds(absl::ToDoubleSeconds(duration), scalar));
  google::protobuf::Duration proto;
  absl::Duration below_a_second;
  proto.set_seconds(
      absl::IDivDuration(duration, absl::Seconds(1), &below_a_second));
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(below_a_second)));
  const Reflection& access = *message.GetReflection();
  Message* target = scalar.field.is_repeated()
                        ? access.AddMessage(&message, &scalar.field)
                        : access.MutableMessage(&message, &scalar.field);
  target->CopyFrom(proto);
  return absl::OkStatus();
}

// Calls the Set… or the Add… of reflection for the field.
template <typename Value, typename Setter>
absl::Status Store(absl::StatusOr<Value> value, const ScalarField& scalar,
                   Message& message, Setter set, Setter add) {
  RETURN_IF_ERROR(value.status());
  const Reflection& access = *message.GetReflection();
  const Setter store = scalar.field.is_repeated() ? add : set;
  (access.*store)(&message, &scalar.field, *std::move(value));
  return absl::OkStatus();
}

absl::Status ReadText(absl::string_view text, const ScalarField& scalar,
                      Message& message) {
  const bool may_be_empty =
      !scalar.options.required() && !scalar.field.is_repeated();
  if (text.empty() && scalar.options.required()) {
    return Invalid("must not be empty");
  }
  if (!text.empty() || !may_be_empty) {
    RETURN_IF_ERROR(CheckText(text, scalar.options.kind()));
  }
  return Store(absl::StatusOr<std::string>(std::string(text)), scalar, message,
               &Reflection::SetString, &Reflection::AddString);
}

std::string IntegerText(int64_t number, const v1::Field& options) {
  if (options.kind() == v1::KIND_SIZE && number >= 0) return SizeText(number);
  if (options.kind() == v1::KIND_FILE_MODE) {
    return absl::StrFormat("%04o", number);
  }
  return absl::StrCat(number);
}

// Reads one value: of the repeated field at `index`, or the only one.
template <typename Get, typename GetRepeated>
auto ValueOf(const Message& message, const FieldDescriptor& field, int index,
             Get get, GetRepeated get_repeated) {
  const Reflection& access = *message.GetReflection();
  return index < 0 ? (access.*get)(message, &field)
                   : (access.*get_repeated)(message, &field, index);
}

std::string TextOfDuration(const Message& message, const FieldDescriptor& field,
                           int index) {
  const Reflection& access = *message.GetReflection();
  google::protobuf::Duration duration;
  duration.CopyFrom(index < 0
                        ? access.GetMessage(message, &field)
                        : access.GetRepeatedMessage(message, &field, index));
  return DurationText(FromProto(duration));
}

}  // namespace

bool IsScalar(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type() == google::protobuf::Duration::descriptor();
}

std::string Wanted(const ScalarField& scalar) {
  switch (scalar.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", EnumNames(*scalar.field.enum_type()));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a duration such as 500ms, 5m or 1h30m";
    case FieldDescriptor::CPPTYPE_STRING:
      return WantedText(scalar.options.kind());
    default:
      break;
  }
  if (scalar.options.kind() == v1::KIND_SIZE) {
    return "a size such as 512, 64KiB or 25MiB";
  }
  if (scalar.options.kind() == v1::KIND_FILE_MODE) {
    return "a file mode in octal such as 0660";
  }
  return "a number";
}

absl::Status ReadScalar(absl::string_view text, const ScalarField& scalar,
                        Message& message) {
  using R = Reflection;
  switch (scalar.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Store(ReadInteger<int32_t>(text, scalar), scalar, message,
                   &R::SetInt32, &R::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Store(ReadInteger<int64_t>(text, scalar), scalar, message,
                   &R::SetInt64, &R::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Store(ReadInteger<uint32_t>(text, scalar), scalar, message,
                   &R::SetUInt32, &R::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Store(ReadInteger<uint64_t>(text, scalar), scalar, message,
                   &R::SetUInt64, &R::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Store(ReadDouble(text, scalar), scalar, message, &R::SetDouble,
                   &R::AddDouble);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Store(ReadBool(text, scalar), scalar, message, &R::SetBool,
                   &R::AddBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Store(EnumValue(*scalar.field.enum_type(), text), scalar, message,
                   &R::SetEnumValue, &R::AddEnumValue);
    case FieldDescriptor::CPPTYPE_STRING:
      return ReadText(text, scalar, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ReadDuration(text, scalar, message);
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;
  }
  return absl::UnimplementedError("fields of this type cannot be configured");
}

std::string ScalarText(const Message& message, const ScalarField& scalar,
                       int index) {
  using R = Reflection;
  const FieldDescriptor& field = scalar.field;
  const auto value = [&](auto get, auto get_repeated) {
    return ValueOf(message, field, index, get, get_repeated);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return IntegerText(value(&R::GetInt32, &R::GetRepeatedInt32),
                         scalar.options);
    case FieldDescriptor::CPPTYPE_INT64:
      return IntegerText(value(&R::GetInt64, &R::GetRepeatedInt64),
                         scalar.options);
    case FieldDescriptor::CPPTYPE_UINT32:
      return IntegerText(value(&R::GetUInt32, &R::GetRepeatedUInt32),
                         scalar.options);
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(value(&R::GetUInt64, &R::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return DoubleText(value(&R::GetDouble, &R::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_BOOL:
      return value(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumName(*value(&R::GetEnum, &R::GetRepeatedEnum));
    case FieldDescriptor::CPPTYPE_STRING:
      return value(&R::GetString, &R::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return TextOfDuration(message, field, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;
  }
  return "";
}

}  // namespace postern::config
