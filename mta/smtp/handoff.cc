#include "mta/smtp/handoff.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mta/smtp/syntax_error.h"

namespace postern::mta::smtp {
namespace {

using Kind = HandoffCommand::Kind;
using Words = std::vector<absl::string_view>;

constexpr size_t kProofBytes = net::KeyedDigest::kBytes;
constexpr size_t kMaxQueueIdBytes = 32;
constexpr size_t kMaxDigits = 19;

// Returns the bytes of `digits`; nullopt unless they are `bytes` bytes in hex.
std::optional<std::string> FromHex(absl::string_view digits, size_t bytes) {
  const bool is_hex = std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (!is_hex || digits.size() != 2 * bytes) return std::nullopt;
  return absl::HexStringToBytes(digits);
}

std::optional<int64_t> ReadSize(absl::string_view digits) {
  const bool is_number =
      !digits.empty() && digits.size() <= kMaxDigits &&
      std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit);
  int64_t size = 0;
  if (!is_number || !absl::SimpleAtoi(digits, &size)) return std::nullopt;
  return size;
}

absl::Status NotAHandoff() {
  return SyntaxError("XHANDOFF HELLO, PROOF or MESSAGE");
}

// A number as 8 bytes, the highest first.
std::string Bytes(uint64_t number) {
  std::string bytes(8, '\0');
  for (size_t i = bytes.size(); i-- > 0; number >>= 8) {
    bytes[i] = static_cast<char>(number & 0xff);
  }
  return bytes;
}

// Texts one after the other, each behind its length: no two lists are alike.
std::string Joined(std::initializer_list<absl::string_view> texts) {
  std::string joined;
  for (const absl::string_view text : texts) {
    absl::StrAppend(&joined, Bytes(text.size()), text);
  }
  return joined;
}

}  // namespace

absl::StatusOr<HandoffCommand> ParseHandoff(absl::string_view rest) {
  const Words words = absl::StrSplit(rest, ' ', absl::SkipEmpty());
  if (words.empty()) return NotAHandoff();
  HandoffCommand command;
  if (absl::EqualsIgnoreCase(words[0], "MESSAGE") && words.size() == 3) {
    const std::optional<int64_t> envelope = ReadSize(words[1]);
    const std::optional<int64_t> content = ReadSize(words[2]);
    if (!envelope || !content) return NotAHandoff();
    command.kind = Kind::kMessage;
    command.envelope_bytes = *envelope;
    command.content_bytes = *content;
    return command;
  }
  std::optional<std::string> value;
  if (absl::EqualsIgnoreCase(words[0], "HELLO") && words.size() == 2) {
    value = FromHex(words[1], kHandoffNonceBytes);
  } else if (absl::EqualsIgnoreCase(words[0], "PROOF") && words.size() == 2) {
    command.kind = Kind::kProof;
    value = FromHex(words[1], kProofBytes);
  }
  if (!value) return NotAHandoff();
  command.value = *std::move(value);
  return command;
}

std::string FormatHandoff(const HandoffCommand& command) {
  switch (command.kind) {
    case Kind::kHello:
      return absl::StrCat("XHANDOFF HELLO ",
                          absl::BytesToHexString(command.value), "\r\n");
    case Kind::kProof:
      return absl::StrCat("XHANDOFF PROOF ",
                          absl::BytesToHexString(command.value), "\r\n");
    case Kind::kMessage:
      return absl::StrCat("XHANDOFF MESSAGE ", command.envelope_bytes, " ",
                          command.content_bytes, "\r\n");
  }
  return "";
}

Reply FormatGreeting(const HandoffGreeting& greeting) {
  return {250, "2.7.0",
          absl::StrCat(absl::BytesToHexString(greeting.server_name), " ",
                       absl::BytesToHexString(greeting.server_nonce), " ",
                       absl::BytesToHexString(greeting.proof))};
}

std::optional<HandoffGreeting> ParseGreeting(const Reply& reply) {
  const Words words = absl::StrSplit(reply.text, ' ');
  if (reply.code != 250 || words.size() != 3) return std::nullopt;
  std::optional<std::string> name = FromHex(words[0], kHandoffNonceBytes);
  std::optional<std::string> nonce = FromHex(words[1], kHandoffNonceBytes);
  std::optional<std::string> proof = FromHex(words[2], kProofBytes);
  if (!name || !nonce || !proof) return std::nullopt;
  return HandoffGreeting{*std::move(name), *std::move(nonce),
                         *std::move(proof)};
}

Reply FormatReceipt(const HandoffReceipt& receipt) {
  return {250, "2.0.0",
          absl::StrCat(receipt.queue_id, " ",
                       absl::BytesToHexString(receipt.signature))};
}

std::optional<HandoffReceipt> ParseReceipt(const Reply& reply) {
  const Words words = absl::StrSplit(reply.text, ' ');
  if (reply.code != 250 || words.size() != 2 || words[0].empty() ||
      words[0].size() > kMaxQueueIdBytes) {
    return std::nullopt;
  }
  std::optional<std::string> signature = FromHex(words[1], kProofBytes);
  if (!signature) return std::nullopt;
  return HandoffReceipt{std::string(words[0]), *std::move(signature)};
}

HandoffKey::HandoffKey(absl::string_view secret, const Session& session)
    : key_(net::KeyedDigestOf(secret,
                              Joined({"postern handoff 1", session.client_nonce,
                                      session.server_nonce, session.server_name,
                                      session.binding}))) {}

std::string HandoffKey::ServerProof() const {
  return net::KeyedDigestOf(key_, Joined({"server"}));
}

std::string HandoffKey::ClientProof() const {
  return net::KeyedDigestOf(key_, Joined({"client"}));
}

bool HandoffKey::IsServerProof(absl::string_view proof) const {
  return net::SameSecret(proof, ServerProof());
}

bool HandoffKey::IsClientProof(absl::string_view proof) const {
  return net::SameSecret(proof, ClientProof());
}

net::KeyedDigest HandoffKey::BeginMessage(uint64_t number,
                                          int64_t envelope_bytes,
                                          int64_t content_bytes) const {
  net::KeyedDigest digest(key_);
  digest.Add(Joined({"message", Bytes(number),
                     Bytes(static_cast<uint64_t>(envelope_bytes)),
                     Bytes(static_cast<uint64_t>(content_bytes))}));
  return digest;
}

std::string HandoffKey::SignatureOfReceipt(uint64_t number,
                                           absl::string_view queue_id) const {
  return net::KeyedDigestOf(key_, Joined({"receipt", Bytes(number), queue_id}));
}

}  // namespace postern::mta::smtp
