#include "lib/milter/reply.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/big_endian.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/milter/reply_code.h"
#include "lib/milter/safe_text.h"

namespace postern::milter {
namespace {

constexpr size_t kMaxAddressBytes = 512;
constexpr size_t kMaxReasonBytes = 512;

struct VerdictLetter {
  Verdict::Kind kind;
  char letter;
};
constexpr std::array<VerdictLetter, 6> kVerdicts = {{
    {Verdict::Kind::kContinue, 'c'},
    {Verdict::Kind::kAccept, 'a'},
    {Verdict::Kind::kDiscard, 'd'},
    {Verdict::Kind::kReject, 'r'},
    {Verdict::Kind::kTempfail, 't'},
    {Verdict::Kind::kReply, 'y'},
}};

struct PlainLetter {
  Reply::Kind kind;
  char letter;
};
constexpr std::array<PlainLetter, 4> kPlain = {{
    {Reply::Kind::kProgress, 'p'},
    {Reply::Kind::kSkip, 's'},
    {Reply::Kind::kShutdown, '4'},
    {Reply::Kind::kConnectionFailure, 'f'},
}};

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("milter: malformed ", what));
}

bool HasControls(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

bool IsAddress(absl::string_view address) {
  return address.size() <= kMaxAddressBytes && !HasControls(address);
}

absl::StatusOr<Change> ParseHeaderChange(Change::Kind kind,
                                         absl::string_view body,
                                         const Options& agreed) {
  Change change{kind};
  if (kind != Change::Kind::kAddHeader) {
    const std::optional<uint32_t> index = TakeNumber(body);
    if (!index.has_value()) return Malformed("header change");
    change.index = *index;
  }
  const std::optional<absl::string_view> name = TakeText(body);
  const std::optional<absl::string_view> value =
      name.has_value() ? TakeText(body) : std::nullopt;
  if (!value.has_value() || !body.empty() || !IsHeaderName(*name)) {
    return Malformed("header change");
  }
  change.name = std::string(*name);
  change.value = SafeHeaderValue(*value, "\r\n");
  const bool deletes = kind == Change::Kind::kChangeHeader && value->empty();
  if (!deletes && (agreed.steps & kLeadingSpace) == 0) {
    change.value.insert(0, 1, ' ');
  }
  return change;
}

absl::StatusOr<Change> ParseAddressChange(Change::Kind kind, bool may_argue,
                                          absl::string_view body) {
  const std::optional<absl::string_view> address = TakeText(body);
  if (!address.has_value()) return Malformed("address");
  Change change{kind};
  change.name = std::string(Path::WithoutBrackets(*address));
  if (may_argue && !body.empty()) {
    const std::optional<absl::string_view> arguments = TakeText(body);
    if (!arguments.has_value() || HasControls(*arguments)) {
      return Malformed("address");
    }
    change.value = std::string(*arguments);
  }
  const bool may_be_empty = kind == Change::Kind::kChangeSender;
  if (!body.empty() || !IsAddress(change.name) ||
      (change.name.empty() && !may_be_empty)) {
    return Malformed("address");
  }
  return change;
}

absl::StatusOr<Change> ParseQuarantine(absl::string_view body) {
  const std::optional<absl::string_view> reason = TakeText(body);
  if (!reason.has_value() || !body.empty()) return Malformed("quarantine");
  return Change{Change::Kind::kQuarantine, 0, "",
                Printable(*reason, kMaxReasonBytes)};
}

absl::StatusOr<Change> ParseChange(const Packet& packet,
                                   const Options& agreed) {
  using Kind = Change::Kind;
  switch (packet.letter) {
    case 'h':
      return ParseHeaderChange(Kind::kAddHeader, packet.body, agreed);
    case 'i':
      return ParseHeaderChange(Kind::kInsertHeader, packet.body, agreed);
    case 'm':
      return ParseHeaderChange(Kind::kChangeHeader, packet.body, agreed);
    case 'e':
      return ParseAddressChange(Kind::kChangeSender, true, packet.body);
    case '+':
      return ParseAddressChange(Kind::kAddRecipient, false, packet.body);
    case '2':
      return ParseAddressChange(Kind::kAddRecipient, true, packet.body);
    case '-':
      return ParseAddressChange(Kind::kDeleteRecipient, false, packet.body);
    case 'b':
      return Change{Kind::kReplaceBody, 0, "", std::string(packet.body)};
    case 'q':
      return ParseQuarantine(packet.body);
    default:
      return Malformed(
          absl::StrCat("reply: '", Printable({&packet.letter, 1}), "'"));
  }
}

void AppendHeaderChange(char letter, const Change& change,
                        const Options& agreed, std::string& output) {
  const size_t begin = BeginPacket(letter, output);
  if (change.kind != Change::Kind::kAddHeader) {
    AppendBigEndian(change.index, &output);
  }
  output.append(change.name).push_back('\0');
  output.append(HeaderValueFor(change, agreed)).push_back('\0');
  EndPacket(begin, output);
}

void AppendAddressChange(char letter, const Change& change,
                         std::string& output) {
  const absl::string_view end("\0", 1);
  const std::string address = absl::StrCat("<", change.name, ">", end);
  if (change.value.empty()) {
    AppendPacket(letter, {address}, output);
  } else {
    AppendPacket(letter, {address, change.value, end}, output);
  }
}

void AppendBody(absl::string_view body, std::string& output) {
  do {
    AppendPacket('b', {body.substr(0, kBodyChunkBytes)}, output);
    body.remove_prefix(std::min(body.size(), kBodyChunkBytes));
  } while (!body.empty());
}

absl::Status CheckChange(const Change& change) {
  using Kind = Change::Kind;
  switch (change.kind) {
    case Kind::kAddHeader:
    case Kind::kInsertHeader:
    case Kind::kChangeHeader:
      if (IsHeaderName(change.name)) return absl::OkStatus();
      return absl::InvalidArgumentError(absl::StrCat(
          "milter: no name of a header field: ", Printable(change.name, 80)));
    case Kind::kChangeSender:
    case Kind::kAddRecipient:
    case Kind::kDeleteRecipient:
      if (IsAddress(change.name) && !HasControls(change.value) &&
          (change.kind == Kind::kChangeSender || !change.name.empty())) {
        return absl::OkStatus();
      }
      return absl::InvalidArgumentError(
          absl::StrCat("milter: no address: ", Printable(change.name, 80)));
    case Kind::kReplaceBody:
    case Kind::kQuarantine:
      return absl::OkStatus();
  }
  return absl::InternalError("milter: an unknown change");
}

}  // namespace

absl::StatusOr<Reply> ParseReply(const Packet& packet, const Options& agreed) {
  for (const PlainLetter& plain : kPlain) {
    if (plain.letter != packet.letter) continue;
    if (!packet.body.empty()) return Malformed("reply");
    return Reply{plain.kind};
  }
  if (packet.letter == 'y') {
    ASSIGN_OR_RETURN(Verdict verdict, ParseReplyCode(packet.body));
    return Reply{Reply::Kind::kVerdict, std::move(verdict)};
  }
  for (const VerdictLetter& verdict : kVerdicts) {
    if (verdict.letter != packet.letter) continue;
    if (!packet.body.empty()) return Malformed("reply");
    return Reply{Reply::Kind::kVerdict, Verdict::Of(verdict.kind)};
  }
  ASSIGN_OR_RETURN(Change change, ParseChange(packet, agreed));
  return Reply{Reply::Kind::kChange, {}, std::move(change)};
}

std::string HeaderValueFor(const Change& change, const Options& agreed) {
  std::string value = SafeHeaderValue(change.value, "\n");
  if ((agreed.steps & kLeadingSpace) == 0 && absl::StartsWith(value, " ")) {
    value.erase(0, 1);
  }
  return value;
}

void AppendVerdict(const Verdict& verdict, std::string& output) {
  const auto letter =
      std::find_if(kVerdicts.begin(), kVerdicts.end(), [&](const auto& v) {
        return v.kind == verdict.kind;
      })->letter;
  const size_t begin = BeginPacket(letter, output);
  if (verdict.kind == Verdict::Kind::kReply) {
    AppendReplyCode(verdict, output);
    output.push_back('\0');
  }
  EndPacket(begin, output);
}

void AppendChange(const Change& change, const Options& agreed,
                  std::string& output) {
  using Kind = Change::Kind;
  switch (change.kind) {
    case Kind::kAddHeader:
      return AppendHeaderChange('h', change, agreed, output);
    case Kind::kInsertHeader:
      return AppendHeaderChange('i', change, agreed, output);
    case Kind::kChangeHeader:
      return AppendHeaderChange('m', change, agreed, output);
    case Kind::kChangeSender:
      return AppendAddressChange('e', change, output);
    case Kind::kAddRecipient:
      return AppendAddressChange(change.value.empty() ? '+' : '2', change,
                                 output);
    case Kind::kDeleteRecipient:
      return AppendAddressChange('-', change, output);
    case Kind::kReplaceBody:
      return AppendBody(change.value, output);
    case Kind::kQuarantine:
      return AppendPacket('q',
                          {Printable(change.value, kMaxReasonBytes),
                           absl::string_view("\0", 1)},
                          output);
  }
}

void AppendReply(Reply::Kind kind, std::string& output) {
  for (const PlainLetter& plain : kPlain) {
    if (plain.kind == kind) AppendPacket(plain.letter, {}, output);
  }
}

absl::Status CheckChanges(const Changes& changes, const Options& agreed) {
  RETURN_IF_ERROR(CheckReplyCode(changes.verdict));
  for (const Change& change : changes.list()) {
    RETURN_IF_ERROR(CheckChange(change));
    if ((ActionOf(change) & ~agreed.actions) != 0) {
      return absl::FailedPreconditionError(
          "milter: the server does not make such changes for this filter");
    }
  }
  return absl::OkStatus();
}

}  // namespace postern::milter
