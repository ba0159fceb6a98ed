#include "lib/milter/command.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"
#include "lib/base/status_macros.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"

namespace postern::milter {
namespace {

constexpr char kFamilyUnknown = 'U';
constexpr char kFamilyUnix = 'L';
constexpr char kFamilyV4 = '4';
constexpr char kFamilyV6 = '6';

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("milter: malformed ", what));
}

void AppendTerminated(absl::string_view text, std::string& output) {
  const size_t begin = output.size();
  output.append(text.data(), text.size());
  std::replace(output.begin() + static_cast<ptrdiff_t>(begin), output.end(),
               '\0', ' ');
  output.push_back('\0');
}

// The port and the address behind the family of a client that has them.
absl::Status TakeAddress(char family, absl::string_view body,
                         ConnectCommand& connect) {
  if (body.size() < sizeof(uint16_t)) return Malformed("client");
  connect.port = ReadBigEndian<uint16_t>(body);
  body.remove_prefix(sizeof(uint16_t));
  const std::optional<absl::string_view> text = TakeText(body);
  if (!text.has_value() || !body.empty()) return Malformed("client");
  if (family == kFamilyUnix) return absl::OkStatus();
  absl::string_view address = *text;
  // As sendmail writes it.
  if (absl::StartsWithIgnoreCase(address, "IPv6:")) address.remove_prefix(5);
  ASSIGN_OR_RETURN(connect.address, net::IpAddress::Parse(address));
  return absl::OkStatus();
}

}  // namespace

uint32_t SilentBitOf(Command command) {
  switch (command) {
    case Command::kConnect:
      return kSilentConnect;
    case Command::kHelo:
      return kSilentHelo;
    case Command::kSender:
      return kSilentSender;
    case Command::kRecipient:
      return kSilentRecipient;
    case Command::kUnknown:
      return kSilentUnknown;
    case Command::kData:
      return kSilentData;
    case Command::kHeader:
      return kSilentHeader;
    case Command::kEndOfHeader:
      return kSilentEndOfHeader;
    case Command::kBody:
      return kSilentBody;
    default:
      return 0;
  }
}

uint32_t OmittedBitOf(Command command) {
  switch (command) {
    case Command::kConnect:
      return kNoConnect;
    case Command::kHelo:
      return kNoHelo;
    case Command::kSender:
      return kNoSender;
    case Command::kRecipient:
      return kNoRecipient;
    case Command::kUnknown:
      return kNoUnknown;
    case Command::kData:
      return kNoData;
    case Command::kHeader:
      return kNoHeader;
    case Command::kEndOfHeader:
      return kNoEndOfHeader;
    case Command::kBody:
      return kNoBody;
    default:
      return 0;
  }
}

absl::StatusOr<ConnectCommand> ParseConnect(absl::string_view body) {
  const std::optional<absl::string_view> name = TakeText(body);
  if (!name.has_value() || body.empty()) return Malformed("client");
  ConnectCommand connect{*name};
  const char family = body.front();
  body.remove_prefix(1);
  switch (family) {
    case kFamilyUnknown:  // Sendmail may have a NUL more.
      return connect;
    case kFamilyUnix:
    case kFamilyV4:
    case kFamilyV6:
      RETURN_IF_ERROR(TakeAddress(family, body, connect));
      return connect;
    default:
      return Malformed("client");
  }
}

void AppendConnect(const ConnectCommand& connect, std::string& output) {
  const size_t begin =
      BeginPacket(static_cast<char>(Command::kConnect), output);
  AppendTerminated(connect.client_name, output);
  if (!connect.address.has_value()) {
    output.push_back(kFamilyUnknown);
  } else {
    output.push_back(connect.address->is_v4() ? kFamilyV4 : kFamilyV6);
    AppendBigEndian(connect.port, &output);
    AppendTerminated(connect.address->ToString(), output);
  }
  EndPacket(begin, output);
}

absl::StatusOr<absl::string_view> ParseText(absl::string_view body) {
  const std::optional<absl::string_view> text = TakeText(body);
  if (!text.has_value() || !body.empty()) return Malformed("text");
  return *text;
}

void AppendText(Command command, absl::string_view text, std::string& output) {
  const size_t begin = BeginPacket(static_cast<char>(command), output);
  AppendTerminated(text, output);
  EndPacket(begin, output);
}

absl::StatusOr<Path> ParsePath(absl::string_view body) {
  const std::optional<absl::string_view> address = TakeText(body);
  if (!address.has_value()) return Malformed("address");
  Path path;
  path.address = std::string(Path::WithoutBrackets(*address));
  while (!body.empty()) {
    const std::optional<absl::string_view> argument = TakeText(body);
    if (!argument.has_value()) return Malformed("address");
    path.arguments.emplace_back(*argument);
  }
  return path;
}

void AppendPath(Command command, const Path& path, std::string& output) {
  const size_t begin = BeginPacket(static_cast<char>(command), output);
  AppendTerminated(absl::StrCat("<", path.address, ">"), output);
  for (const std::string& argument : path.arguments) {
    AppendTerminated(argument, output);
  }
  EndPacket(begin, output);
}

absl::StatusOr<HeaderCommand> ParseHeader(absl::string_view body) {
  const std::optional<absl::string_view> name = TakeText(body);
  if (!name.has_value() || body.empty() || body.back() != '\0') {
    return Malformed("header field");
  }
  body.remove_suffix(1);
  return HeaderCommand{*name, body};
}

void AppendHeader(const HeaderCommand& header, std::string& output) {
  const size_t begin = BeginPacket(static_cast<char>(Command::kHeader), output);
  AppendTerminated(header.name, output);
  AppendTerminated(header.value, output);
  EndPacket(begin, output);
}

absl::StatusOr<MacroCommand> ParseMacros(absl::string_view body) {
  if (body.empty()) return Malformed("macros");
  MacroCommand result{static_cast<Command>(body.front()), {}};
  body.remove_prefix(1);
  while (!body.empty()) {
    const std::optional<absl::string_view> name = TakeText(body);
    const std::optional<absl::string_view> value =
        name.has_value() ? TakeText(body) : std::nullopt;
    if (!value.has_value()) return Malformed("macros");
    result.macros.Set(*name, *value);
  }
  return result;
}

void AppendMacros(Command command, absl::Span<const Macros::View> macros,
                  std::string& output) {
  const size_t begin = BeginPacket(static_cast<char>(Command::kMacros), output);
  output.push_back(static_cast<char>(command));
  for (const auto& [name, value] : macros) {
    if (name.size() > 1) {
      AppendTerminated(absl::StrCat("{", name, "}"), output);
    } else {
      AppendTerminated(name, output);
    }
    AppendTerminated(value, output);
  }
  EndPacket(begin, output);
}

void AppendCommand(Command command, absl::string_view text,
                   std::string& output) {
  AppendPacket(static_cast<char>(command), {text}, output);
}

}  // namespace postern::milter
