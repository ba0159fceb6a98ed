// A policy delegation request: the questions Postfix asks at each stage of an
// SMTP session, as "name=value" lines that end with an empty line.
//
// Reading: RequestReader owns one buffer, cuts it into requests and parses them
// where they lie; nothing is allocated for an attribute. Attributes that we do
// not know are skipped. If one is sent twice the first counts, so that nothing
// appended behind it can change it.
//
//   RequestReader reader;
//   n = co_await stream.Read(reader.Space(), deadline);  reader.Fill(n);
//   ASSIGN_OR_RETURN(const Request* request, reader.Next());  // nullptr: more
//   request->Get(Attribute::kSender);
//
// Writing (for the client): AppendAttribute() for each, then EndRequest().
//
// Source:  Postfix, SMTPD_POLICY_README (attributes up to Postfix 3.12). A line
//          may also end in CR LF, which Postfix never sends.
// Errors:  Next() returns InvalidArgument for a malformed request: a line with
//          no "=" or no name, a NUL or a bare CR, a limit passed, a `request`
//          that is missing or not smtpd_access_policy. Nothing can be read
//          after it: do not answer, close (INJ-13).
// Threads: one at a time.
// Limits:  a value 2 KiB, 512 attributes, a request 64 KiB.

#ifndef POSTERN_LIB_POLICY_REQUEST_H_
#define POSTERN_LIB_POLICY_REQUEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::policy {

inline constexpr size_t kMaxValueBytes = 2048;
inline constexpr size_t kMaxAttributes = 512;
inline constexpr size_t kMaxRequestBytes = 64 * 1024;

enum class Attribute : uint8_t {
  kRequest,
  kProtocolState,
  kProtocolName,
  kHeloName,
  kQueueId,
  kSender,
  kRecipient,
  kRecipientCount,
  kClientAddress,
  kClientName,
  kReverseClientName,
  kInstance,
  kSaslMethod,
  kSaslUsername,
  kSaslSender,
  kSize,
  kCcertSubject,
  kCcertIssuer,
  kCcertFingerprint,
  kEncryptionProtocol,
  kEncryptionCipher,
  kEncryptionKeysize,
  kEtrnDomain,
  kStress,
  kCcertPubkeyFingerprint,
  kClientPort,
  kPolicyContext,
  kServerAddress,
  kServerPort,
  kCompatibilityLevel,
  kMailVersion,
  kTlsSni,
};
inline constexpr size_t kAttributeCount = 32;

// Returns the attribute's name on the wire: "client_address".
absl::string_view AttributeName(Attribute attribute);
// Returns the attribute of that name, or nullopt for one that we do not know.
std::optional<Attribute> FindAttribute(absl::string_view name);

// One question. Made by RequestReader, whose buffer its values point into: it
// is good until the reader's next call. Tests make one of text with Parse().
class Request {
 public:
  // Reads one whole request, with its empty line, from `text`, which must
  // outlive the result.
  static absl::StatusOr<Request> Parse(absl::string_view text);

  // Returns the value, empty if the attribute was not sent.
  absl::string_view Get(Attribute attribute) const {
    const Value& value = values_[static_cast<size_t>(attribute)];
    return absl::string_view(text_ + value.begin, value.size);
  }
  // Tells whether the attribute was sent, even with an empty value.
  bool Has(Attribute attribute) const {
    return values_[static_cast<size_t>(attribute)].begin != 0;
  }

 private:
  friend class RequestReader;

  // Where a value lies in the request's text; no value begins at 0.
  struct Value {
    uint32_t begin = 0;
    uint32_t size = 0;
  };

  // Takes one line without its end; `offset` is where it begins.
  absl::Status TakeLine(absl::string_view line, size_t offset);

  const char* text_ = "";
  size_t attributes_ = 0;
  std::array<Value, kAttributeCount> values_ = {};
};

class RequestReader {
 public:
  RequestReader();

  // Where the next bytes may be written: never empty. Invalidates the request
  // of the last Next().
  absl::Span<char> Space();
  // Says that `bytes` bytes were written there.
  void Fill(size_t bytes);

  // Returns the next whole request, or nullptr when more bytes are needed.
  absl::StatusOr<const Request*> Next();

  // Tells whether there are bytes of a request that is not whole yet.
  bool has_partial_request() const { return begin_ != end_; }

 private:
  absl::StatusOr<const Request*> Finish(size_t end);

  std::string buffer_;
  size_t begin_ = 0;    // First byte of the request that is being read.
  size_t end_ = 0;      // One past the last byte filled.
  size_t line_ = 0;     // First byte of the first line not taken.
  size_t scanned_ = 0;  // Bytes before this one hold no end of that line.
  Request request_;
};

// Appends "name=value\n"; what may not stand in a value (NUL, CR, LF) becomes
// '?', and what exceeds kMaxValueBytes is cut.
void AppendAttribute(Attribute attribute, absl::string_view value,
                     std::string& request);
// Appends the empty line that ends the request.
void EndRequest(std::string& request);

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_REQUEST_H_
