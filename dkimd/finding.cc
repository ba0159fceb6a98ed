#include "dkimd/finding.h"

namespace postern::dkimd {
namespace {

using milter::Verdict;

// What the sender, or who looks at held mail, is told.
absl::string_view TextOf(Finding finding) {
  switch (finding) {
    case Finding::kGood:
      return "DKIM signature is good";
    case Finding::kDnsError:
      return "DKIM key could not be looked up";
    case Finding::kInternalError:
      return "DKIM could not be verified";
    case Finding::kBadSignature:
      return "DKIM signature does not fit the message";
    case Finding::kSecurity:
      return "DKIM signature is too weak";
    case Finding::kKeyNotFound:
      return "DKIM key does not exist";
    case Finding::kSignatureError:
      return "DKIM signature is malformed";
    case Finding::kNoSignature:
      return "DKIM signature is missing";
    case Finding::kReplay:
      return "DKIM signature was seen too often";
    case Finding::kForbiddenAuthor:
      return "This login may not send in the name of this author";
    case Finding::kSigningFailure:
      return "Message could not be signed";
    case Finding::kUnsignable:
      return "Message is not one that can be signed";
  }
  return "DKIM";
}

// RFC 7372: a signature that is not acceptable, or none that passes.
absl::string_view RejectCode(Finding finding) {
  switch (finding) {
    case Finding::kSecurity:
      return "5.7.21";
    case Finding::kForbiddenAuthor:
    case Finding::kSigningFailure:
    case Finding::kReplay:
      return "5.7.1";
    case Finding::kUnsignable:
      return "5.6.0";
    default:
      return "5.7.20";
  }
}

}  // namespace

absl::string_view FindingName(Finding finding) {
  switch (finding) {
    case Finding::kGood:
      return "good";
    case Finding::kDnsError:
      return "dns_error";
    case Finding::kInternalError:
      return "internal_error";
    case Finding::kBadSignature:
      return "bad_signature";
    case Finding::kSecurity:
      return "security";
    case Finding::kKeyNotFound:
      return "key_not_found";
    case Finding::kSignatureError:
      return "signature_error";
    case Finding::kNoSignature:
      return "no_signature";
    case Finding::kReplay:
      return "replay";
    case Finding::kForbiddenAuthor:
      return "forbidden_author";
    case Finding::kSigningFailure:
      return "signing_failure";
    case Finding::kUnsignable:
      return "unsignable";
  }
  return "internal_error";
}

absl::string_view ActionName(Action action) {
  switch (action) {
    case config::v1::DKIM_ACTION_DISCARD:
      return "discard";
    case config::v1::DKIM_ACTION_QUARANTINE:
      return "quarantine";
    case config::v1::DKIM_ACTION_REJECT:
      return "reject";
    case config::v1::DKIM_ACTION_TEMPFAIL:
      return "tempfail";
    default:
      return "accept";
  }
}

void Apply(Action action, Finding finding, milter::Changes& changes) {
  switch (action) {
    case config::v1::DKIM_ACTION_DISCARD:
      changes.verdict = Verdict::Of(Verdict::Kind::kDiscard);
      return;
    case config::v1::DKIM_ACTION_QUARANTINE:
      changes.Quarantine(TextOf(finding));
      return;
    case config::v1::DKIM_ACTION_REJECT:
      changes.verdict =
          Verdict::Reply(550, RejectCode(finding), TextOf(finding));
      return;
    case config::v1::DKIM_ACTION_TEMPFAIL:
      changes.verdict = Verdict::Reply(451, "4.7.1", TextOf(finding));
      return;
    default:
      return;
  }
}

}  // namespace postern::dkimd
