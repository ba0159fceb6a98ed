#include "lib/policy/request.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"

namespace postern::policy {
namespace {

constexpr size_t kFirstBufferBytes = 4096;
constexpr size_t kMinSpaceBytes = 1024;
constexpr size_t kMaxBufferBytes = kMaxRequestBytes + kMinSpaceBytes;
constexpr size_t kLongestName = 24;
constexpr size_t kMostOfOneLength = 6;
constexpr uint8_t kNone = 255;

// In the order of the enum.
constexpr std::array<absl::string_view, kAttributeCount> kNames = {
    "request",
    "protocol_state",
    "protocol_name",
    "helo_name",
    "queue_id",
    "sender",
    "recipient",
    "recipient_count",
    "client_address",
    "client_name",
    "reverse_client_name",
    "instance",
    "sasl_method",
    "sasl_username",
    "sasl_sender",
    "size",
    "ccert_subject",
    "ccert_issuer",
    "ccert_fingerprint",
    "encryption_protocol",
    "encryption_cipher",
    "encryption_keysize",
    "etrn_domain",
    "stress",
    "ccert_pubkey_fingerprint",
    "client_port",
    "policy_context",
    "server_address",
    "server_port",
    "compatibility_level",
    "mail_version",
    "tls_sni",
};

// For each length of a name, the attributes whose names have it.
using ByLength =
    std::array<std::array<uint8_t, kMostOfOneLength>, kLongestName + 1>;

constexpr ByLength MakeByLength() {
  ByLength table = {};
  for (auto& row : table) {
    for (uint8_t& entry : row) entry = kNone;
  }
  for (uint8_t i = 0; i < kAttributeCount; ++i) {
    auto& row = table[kNames[i].size()];
    size_t free = 0;
    while (row[free] != kNone) ++free;
    row[free] = i;
  }
  return table;
}

constexpr ByLength kByLength = MakeByLength();

absl::Status Malformed(const char* why) {
  return absl::InvalidArgumentError(why);
}

// A NUL anywhere, or a CR that is not part of a line's end, would give a value
// a meaning that its sender did not show us.
absl::Status CheckBytes(absl::string_view text) {
  if (std::memchr(text.data(), '\0', text.size()) != nullptr) {
    return Malformed("policy request: NUL");
  }
  size_t at = 0;
  while ((at = text.find('\r', at)) != absl::string_view::npos) {
    if (at + 1 == text.size() || text[at + 1] != '\n') {
      return Malformed("policy request: bare CR");
    }
    ++at;
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view AttributeName(Attribute attribute) {
  return kNames[static_cast<size_t>(attribute)];
}

std::optional<Attribute> FindAttribute(absl::string_view name) {
  if (name.size() > kLongestName) return std::nullopt;
  for (const uint8_t candidate : kByLength[name.size()]) {
    if (candidate == kNone) break;
    if (kNames[candidate] == name) return static_cast<Attribute>(candidate);
  }
  return std::nullopt;
}

absl::StatusOr<Request> Request::Parse(absl::string_view text) {
  RequestReader reader;
  absl::string_view rest = text;
  while (true) {
    absl::StatusOr<const Request*> request = reader.Next();
    if (!request.ok()) return request.status();
    if (*request != nullptr) {
      if (!rest.empty() || reader.has_partial_request()) {
        return Malformed("policy request: more than one");
      }
      Request result = **request;
      result.text_ = text.data();
      return result;
    }
    if (rest.empty()) return Malformed("policy request: no end");
    const absl::Span<char> space = reader.Space();
    const size_t bytes = std::min(space.size(), rest.size());
    std::memcpy(space.data(), rest.data(), bytes);
    reader.Fill(bytes);
    rest.remove_prefix(bytes);
  }
}

absl::Status Request::TakeLine(absl::string_view line, size_t offset) {
  if (++attributes_ > kMaxAttributes) {
    return Malformed("policy request: too many attributes");
  }
  const size_t equals = line.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return Malformed("policy request: line is not name=value");
  }
  const size_t size = line.size() - equals - 1;
  if (size > kMaxValueBytes) {
    return Malformed("policy request: value too long");
  }
  const std::optional<Attribute> attribute =
      FindAttribute(line.substr(0, equals));
  if (!attribute) return absl::OkStatus();
  Value& value = values_[static_cast<size_t>(*attribute)];
  if (value.begin == 0) {
    value.begin = static_cast<uint32_t>(offset + equals + 1);
    value.size = static_cast<uint32_t>(size);
  }
  return absl::OkStatus();
}

RequestReader::RequestReader() : buffer_(kFirstBufferBytes, '\0') {}

absl::Span<char> RequestReader::Space() {
  if (begin_ == end_) {
    begin_ = end_ = line_ = scanned_ = 0;
    // One long request does not make the connection large for ever.
    if (buffer_.size() > 4 * kFirstBufferBytes) {
      buffer_.resize(kFirstBufferBytes);
      buffer_.shrink_to_fit();
    }
  }
  if (buffer_.size() - end_ < kMinSpaceBytes) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    line_ -= begin_;
    scanned_ -= std::min(scanned_, begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < kMinSpaceBytes) {
      buffer_.resize(std::min(kMaxBufferBytes, 2 * buffer_.size()));
    }
  }
  return absl::MakeSpan(buffer_.data() + end_, buffer_.size() - end_);
}

void RequestReader::Fill(size_t bytes) { end_ += bytes; }

absl::StatusOr<const Request*> RequestReader::Next() {
  while (true) {
    if (line_ == begin_) request_ = Request();
    const size_t from = std::max(line_, scanned_);
    const char* const start = buffer_.data() + from;
    const char* const newline =
        from == end_
            ? nullptr
            : static_cast<const char*>(std::memchr(start, '\n', end_ - from));
    if (newline == nullptr) {
      scanned_ = end_;
      if (end_ - begin_ >= kMaxRequestBytes) {
        return Malformed("policy request: too long");
      }
      return nullptr;
    }
    const size_t end = newline - buffer_.data() + 1;
    absl::string_view line(buffer_.data() + line_, end - line_ - 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return Finish(end);
    absl::Status taken = request_.TakeLine(line, line_ - begin_);
    if (!taken.ok()) return taken;
    line_ = end;
  }
}

absl::StatusOr<const Request*> RequestReader::Finish(size_t end) {
  const absl::string_view text(buffer_.data() + begin_, end - begin_);
  if (text.size() > kMaxRequestBytes) {
    return Malformed("policy request: too long");
  }
  absl::Status bytes = CheckBytes(text);
  if (!bytes.ok()) return bytes;
  request_.text_ = text.data();
  if (request_.Get(Attribute::kRequest) != "smtpd_access_policy") {
    return Malformed("policy request: not smtpd_access_policy");
  }
  begin_ = line_ = end;
  return &request_;
}

void AppendAttribute(Attribute attribute, absl::string_view value,
                     std::string& request) {
  const absl::string_view name = AttributeName(attribute);
  request.append(name.data(), name.size());
  request += '=';
  for (const char c : value.substr(0, kMaxValueBytes)) {
    request += (c == '\0' || c == '\r' || c == '\n') ? '?' : c;
  }
  request += '\n';
}

void EndRequest(std::string& request) { request += '\n'; }

}  // namespace postern::policy
