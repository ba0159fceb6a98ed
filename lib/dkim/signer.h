// Signs one message, with as many keys as are given.
//
//   Signer signer(message, settings, identities, clock);   // header complete
//   …the body streams into `message`…
//   ASSIGN_OR_RETURN(const std::vector<std::string> values, signer.Finish());
//   for (const std::string& value : values)
//     changes.InsertHeader(0, "DKIM-Signature", value);
//
// Each signature that comes out has been verified with its key's public half.
//
// Source:  RFC 6376 section 5, RFC 8301, RFC 8463; section 5.4.1 for the
// fields,
//          8.15 for naming fields once more than they are there, so that none
//          can be added.
// Errors:  FailedPrecondition: the message is not one that can be signed (no
//          From, a CR or LF alone in the body (DK-13), too large a header).
//          Internal: a key does not do its work.
// Threads: one at a time. Message, settings and clock must outlive it. Signing
//          takes 0.3 ms for an RSA key of 2048 bits.

#ifndef POSTERN_LIB_DKIM_SIGNER_H_
#define POSTERN_LIB_DKIM_SIGNER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dkim/canonicalization.h"
#include "lib/dkim/crypto.h"
#include "lib/dkim/message.h"
#include "lib/dkim/signature_text.h"

namespace postern::dkim {

struct SignerSettings {
  Canonicalization header_form = Canonicalization::kRelaxed;
  Canonicalization body_form = Canonicalization::kSimple;
  // Fields that are signed, each time that they are there; From always is.
  std::vector<std::string> signed_fields = DefaultSignedFields();
  // Fields that are named once more than they are there.
  std::vector<std::string> oversigned_fields = DefaultOversignedFields();
  // x= is this long after t=; nullopt: no x=.
  std::optional<absl::Duration> lifetime = std::nullopt;

  static std::vector<std::string> DefaultSignedFields();
  static std::vector<std::string> DefaultOversignedFields();
};

// Who signs.
struct SigningIdentity {
  std::string domain;    // In A-labels.
  std::string selector;  // The same.
  std::shared_ptr<const PrivateKey> key;
  std::string identity = "";  // i=; "" for none. No ';', space or controls.
};

// Returns what h= says for a message with this header.
std::vector<std::string> FieldsToSign(const HeaderFields& header,
                                      const SignerSettings& settings);

// Says why a message cannot be signed; after the last of its body.
absl::Status CheckSignable(const Message& message,
                           const std::vector<std::string>& names);

class Signer {
 public:
  Signer(Message& message, const SignerSettings& settings,
         std::vector<SigningIdentity> identities, const Clock& clock);

  // Returns the values of the DKIM-Signature fields, one for each identity and
  // in their order: what stands behind the colon, folded with CR LF. Once, and
  // after the last of the body.
  absl::StatusOr<std::vector<std::string>> Finish();

 private:
  absl::StatusOr<std::string> Sign(const SigningIdentity& identity,
                                   const std::vector<std::string>& names,
                                   absl::string_view signed_header);
  SignatureText Describe(const SigningIdentity& identity,
                         const std::vector<std::string>& names) const;
  absl::Status Check(const SigningIdentity& identity, absl::string_view value,
                     absl::string_view signed_header) const;

  Message& message_;
  const SignerSettings& settings_;
  const std::vector<SigningIdentity> identities_;
  const Clock& clock_;
  size_t body_hash_;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_SIGNER_H_
