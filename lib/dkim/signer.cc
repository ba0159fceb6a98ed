#include "lib/dkim/signer.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/signature.h"
#include "lib/mail/header.h"

namespace postern::dkim {
namespace {

constexpr absl::string_view kFieldName = "DKIM-Signature";
constexpr size_t kMaxNames = 1000;

bool Has(const std::vector<std::string>& names, absl::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](const auto& one) {
    return absl::EqualsIgnoreCase(one, name);
  });
}

// Appends the field as it is signed, the last of what is signed.
void AppendOwnField(Canonicalization form, absl::string_view value,
                    std::string& text) {
  AppendCanonicalField(form, {.name = kFieldName, .value = value}, text);
}

}  // namespace

std::vector<std::string> SignerSettings::DefaultSignedFields() {
  return {"From",
          "Sender",
          "Reply-To",
          "Subject",
          "Date",
          "Message-ID",
          "To",
          "Cc",
          "MIME-Version",
          "Content-Type",
          "Content-Transfer-Encoding",
          "Content-ID",
          "Content-Description",
          "Resent-Date",
          "Resent-From",
          "Resent-Sender",
          "Resent-To",
          "Resent-Cc",
          "Resent-Message-ID",
          "In-Reply-To",
          "References",
          "List-Id",
          "List-Help",
          "List-Unsubscribe",
          "List-Unsubscribe-Post",
          "List-Subscribe",
          "List-Post",
          "List-Owner",
          "List-Archive",
          "Autocrypt",
          "Feedback-ID"};
}

std::vector<std::string> SignerSettings::DefaultOversignedFields() {
  return {"From",     "Subject",      "Date",         "To",        "Cc",
          "Reply-To", "Content-Type", "MIME-Version", "Message-ID"};
}

std::vector<std::string> FieldsToSign(const HeaderFields& header,
                                      const SignerSettings& settings) {
  std::vector<std::string> wanted = settings.signed_fields;
  if (!Has(wanted, "From")) wanted.insert(wanted.begin(), "From");
  for (const std::string& name : settings.oversigned_fields) {
    if (!Has(wanted, name)) wanted.push_back(name);
  }
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    names.insert(names.end(), header.Named(name).size(), name);
  }
  for (const std::string& name : wanted) {
    if (Has(settings.oversigned_fields, name)) names.push_back(name);
  }
  return names;
}

absl::Status CheckSignable(const Message& message,
                           const std::vector<std::string>& names) {
  const HeaderFields& header = message.header();
  if (header.is_cut() || names.size() > kMaxNames) {
    return absl::FailedPreconditionError("the header is too large to sign");
  }
  if (header.Named("From").empty()) {
    return absl::FailedPreconditionError("there is no From to sign");
  }
  if (message.has_stray_line_ends()) {
    return absl::FailedPreconditionError(
        "a CR or LF that stands alone in the body would not stay");
  }
  return absl::OkStatus();
}

Signer::Signer(Message& message, const SignerSettings& settings,
               std::vector<SigningIdentity> identities, const Clock& clock)
    : message_(message),
      settings_(settings),
      identities_(std::move(identities)),
      clock_(clock),
      body_hash_(message.bodies().Want(settings.body_form, std::nullopt)) {}

absl::StatusOr<std::vector<std::string>> Signer::Finish() {
  message_.Finish();
  const HeaderFields& header = message_.header();
  const std::vector<std::string> names = FieldsToSign(header, settings_);
  RETURN_IF_ERROR(CheckSignable(message_, names));
  std::string signed_header;
  header.AppendSigned(names, settings_.header_form, signed_header);
  std::vector<std::string> values;
  for (const SigningIdentity& identity : identities_) {
    ASSIGN_OR_RETURN(std::string value, Sign(identity, names, signed_header));
    values.push_back(std::move(value));
  }
  return values;
}

absl::StatusOr<std::string> Signer::Sign(const SigningIdentity& identity,
                                         const std::vector<std::string>& names,
                                         absl::string_view signed_header) {
  SignatureText text = Describe(identity, names);
  SignatureText unsigned_text = text;
  unsigned_text.AddLong("b", "");
  std::string to_sign(signed_header);
  AppendOwnField(settings_.header_form, unsigned_text.text(), to_sign);
  ASSIGN_OR_RETURN(const std::string bytes,
                   identity.key->Sign(Sha256Of(to_sign)));
  text.AddLong("b", absl::Base64Escape(bytes));
  RETURN_IF_ERROR(Check(identity, text.text(), signed_header));
  return text.text();
}

SignatureText Signer::Describe(const SigningIdentity& identity,
                               const std::vector<std::string>& names) const {
  SignatureText text(kFieldName.size() + 1);
  text.Add("v", "1");
  text.Add("a", absl::StrCat(KeyTypeName(identity.key->type()), "-sha256"));
  text.Add("c", absl::StrCat(CanonicalizationName(settings_.header_form), "/",
                             CanonicalizationName(settings_.body_form)));
  text.Add("d", identity.domain);
  text.Add("s", identity.selector);
  if (!identity.identity.empty()) text.Add("i", identity.identity);
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  text.Add("t", absl::StrCat(now));
  if (settings_.lifetime) {
    text.Add("x",
             absl::StrCat(now + absl::ToInt64Seconds(*settings_.lifetime)));
  }
  text.AddList("h", names);
  text.Add("bh", absl::Base64Escape(message_.bodies().digest(body_hash_)));
  return text;
}

// What a verifier will do, from the text on.
absl::Status Signer::Check(const SigningIdentity& identity,
                           absl::string_view value,
                           absl::string_view signed_header) const {
  const Signature signature = Signature::Parse(value);
  if (!signature.fault.empty()) {
    return absl::InternalError(
        absl::StrCat("the signature would be wrong: ", signature.fault));
  }
  std::string signed_text(signed_header);
  AppendOwnField(signature.header_form, WithoutSignature(value), signed_text);
  if (!identity.key->Public().Verify(Sha256Of(signed_text), signature.bytes)) {
    return absl::InternalError("what was signed does not verify");
  }
  return absl::OkStatus();
}

}  // namespace postern::dkim
