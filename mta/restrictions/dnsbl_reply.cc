#include "mta/restrictions/dnsbl_reply.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::restrictions {
namespace {

constexpr int kMaxDepth = 8;
constexpr size_t kMaxReplyBytes = 512;
constexpr size_t kMaxReasonBytes = 256;
constexpr absl::string_view kNullAddress = "<>";

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// The part of an address before or after its last "@".
absl::string_view DomainPart(absl::string_view address) {
  const size_t at = address.rfind('@');
  return at == address.npos ? "" : address.substr(at + 1);
}

absl::string_view NamePart(absl::string_view address) {
  return address.empty() ? kNullAddress : address.substr(0, address.rfind('@'));
}

absl::string_view OrNull(absl::string_view address) {
  return address.empty() ? kNullAddress : address;
}

// Returns the value of `name`, or nullopt if there is no such name.
std::optional<std::string> ValueOf(absl::string_view name,
                                   const DnsblListing& listing) {
  const filters::PolicyQuestion& q = *listing.question;
  if (name == "client") {
    return absl::StrCat(q.client_name, "[", q.client_address, "]");
  }
  if (name == "rbl_code") return absl::StrCat(listing.code);
  const std::pair<absl::string_view, absl::string_view> values[] = {
      {"client_address", q.client_address},
      {"client_name", q.client_name},
      {"reverse_client_name", q.reverse_client_name},
      {"helo_name", q.helo_name},
      {"sender", OrNull(q.sender)},
      {"sender_domain", DomainPart(q.sender)},
      {"sender_name", NamePart(q.sender)},
      {"recipient", OrNull(q.recipient)},
      {"recipient_domain", DomainPart(q.recipient)},
      {"recipient_name", NamePart(q.recipient)},
      {"rbl_class", listing.rbl_class},
      {"rbl_domain", listing.zone},
      {"rbl_reason", listing.reason},
      {"rbl_txt", listing.reason},
      {"rbl_what", listing.what},
  };
  for (const auto& [known, value] : values) {
    if (name == known) return std::string(value);
  }
  return std::nullopt;
}

// Cuts off what stands before the bracket that closes the one in front of
// `text`.
absl::StatusOr<absl::string_view> TakeToClose(absl::string_view& text,
                                              char open, char close) {
  int depth = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == open) ++depth;
    if (text[i] == close && --depth == 0) {
      const absl::string_view inside = text.substr(0, i);
      text.remove_prefix(i + 1);
      return inside;
    }
  }
  return Wrong("\"", std::string(1, open), "\" is not closed");
}

class Expansion {
 public:
  explicit Expansion(const DnsblListing& listing) : listing_(listing) {}

  absl::StatusOr<std::string> Expand(absl::string_view text, int depth) const {
    if (depth > kMaxDepth) return Wrong("conditionals are too deep");
    std::string result;
    while (!text.empty()) {
      const size_t dollar = std::min(text.find('$'), text.size());
      absl::StrAppend(&result, text.substr(0, dollar));
      if (dollar == text.size()) break;
      text.remove_prefix(dollar + 1);
      ASSIGN_OR_RETURN(const std::string value, TakeValue(text, depth));
      result += value;
    }
    return result;
  }

 private:
  // Takes what follows a dollar.
  absl::StatusOr<std::string> TakeValue(absl::string_view& text,
                                        int depth) const {
    if (absl::ConsumePrefix(&text, "$")) return std::string("$");
    if (absl::ConsumePrefix(&text, "{")) {
      ASSIGN_OR_RETURN(const absl::string_view inside,
                       TakeToClose(text, '{', '}'));
      return Bracketed(inside, depth);
    }
    if (absl::ConsumePrefix(&text, "(")) {
      ASSIGN_OR_RETURN(const absl::string_view inside,
                       TakeToClose(text, '(', ')'));
      return Bracketed(inside, depth);
    }
    return Value(TakeName(text));
  }

  static absl::string_view TakeName(absl::string_view& text) {
    size_t end = 0;
    while (end < text.size() &&
           (absl::ascii_isalnum(text[end]) || text[end] == '_')) {
      ++end;
    }
    const absl::string_view name = text.substr(0, end);
    text.remove_prefix(end);
    return name;
  }

  absl::StatusOr<std::string> Value(absl::string_view name) const {
    std::optional<std::string> value = ValueOf(name, listing_);
    if (!value) return Wrong("unknown name \"$", Printable(name), "\"");
    return *std::move(value);
  }

  // "name", "name?text", "name:text", "name?{text}:{text}".
  absl::StatusOr<std::string> Bracketed(absl::string_view text,
                                        int depth) const {
    ASSIGN_OR_RETURN(std::string value, Value(TakeName(text)));
    if (text.empty()) return value;
    const char sign = text.front();
    text.remove_prefix(1);
    if (sign != '?' && sign != ':') {
      return Wrong("\"?\", \":\" or the end expected before \"",
                   Printable(absl::StrCat(std::string(1, sign), text)), "\"");
    }
    absl::string_view first = text;
    absl::string_view second;
    if (absl::ConsumePrefix(&text, "{")) {
      ASSIGN_OR_RETURN(first, TakeToClose(text, '{', '}'));
      if (sign == '?' && absl::ConsumePrefix(&text, ":")) {
        second = text;
        if (absl::ConsumePrefix(&text, "{")) {
          ASSIGN_OR_RETURN(second, TakeToClose(text, '{', '}'));
        } else {
          text = "";
        }
      }
      if (!text.empty()) return Wrong("\"", Printable(text), "\" behind \"}\"");
    }
    // Both, so that a mistake in either is found at the start.
    ASSIGN_OR_RETURN(const std::string yes, Expand(first, depth + 1));
    ASSIGN_OR_RETURN(const std::string no, Expand(second, depth + 1));
    return value.empty() == (sign == ':') ? yes : no;
  }

  const DnsblListing& listing_;
};

// As Postfix's smtpd_dsn_fix: the same template serves for clients, senders and
// recipients.
std::string SuitableStatus(const std::string& status,
                           absl::string_view rbl_class) {
  const std::string digit = status.substr(0, 1);
  const absl::string_view detail = absl::string_view(status).substr(1);
  const bool is_sender = absl::StartsWith(rbl_class, "Sender");
  const bool is_recipient = absl::StartsWith(rbl_class, "Recipient");
  if (!absl::StartsWith(detail, ".1.") && !absl::StartsWith(detail, ".2.")) {
    return status;
  }
  if (!is_sender && !is_recipient) return digit + ".0.0";
  const std::pair<absl::string_view, absl::string_view> pairs[] = {
      // Of recipients, of senders.
      {".1.2", ".1.8"},
      {".1.3", ".1.7"},
  };
  for (const auto& [recipient, sender] : pairs) {
    if (detail == recipient || detail == sender) {
      return absl::StrCat(digit, is_sender ? sender : recipient);
    }
  }
  const bool is_of_recipients = detail == ".1.1" || detail == ".1.4" ||
                                detail == ".1.5" || detail == ".1.6";
  return is_sender && is_of_recipients ? digit + ".1.0" : status;
}

// "554 4.7.1 text" is meant as "554 5.7.1 text": the code may be $rbl_code.
void AgreeWithCode(std::string& words) {
  const bool has_status = words.size() > 5 && words[3] == ' ' &&
                          (words[4] == '4' || words[4] == '5') &&
                          words[5] == '.';
  if (has_status) words[4] = words[0];
}

absl::StatusOr<smtp::Reply> MakeReply(absl::string_view text,
                                      const DnsblListing& listing) {
  ASSIGN_OR_RETURN(std::string words, Expansion(listing).Expand(text, 0));
  words = Printable(words, kMaxReplyBytes);
  AgreeWithCode(words);
  ASSIGN_OR_RETURN(smtp::Reply reply, smtp::Reply::Parse(words));
  if (reply.kind() != 4 && reply.kind() != 5) {
    return Wrong("does not begin with a code from 400 to 599");
  }
  if (reply.status.empty()) reply.status = absl::StrCat(reply.kind(), ".7.1");
  reply.status = SuitableStatus(reply.status, listing.rbl_class);
  if (reply.text.empty()) reply.text = "Service unavailable";
  return reply;
}

}  // namespace

absl::Status CheckDnsblTemplate(absl::string_view text) {
  const filters::PolicyQuestion question;
  DnsblListing listing;
  listing.rbl_class = "Client host";
  listing.question = &question;
  return MakeReply(text, listing).status();
}

smtp::Reply FormatDnsblReply(absl::string_view text,
                             const DnsblListing& listing) {
  DnsblListing bounded = listing;
  bounded.reason = Printable(listing.reason, kMaxReasonBytes);
  absl::StatusOr<smtp::Reply> reply = MakeReply(text, bounded);
  if (reply.ok()) return *std::move(reply);
  return {listing.code, absl::StrCat(listing.code / 100, ".7.1"),
          "Service unavailable"};
}

}  // namespace postern::mta::restrictions
