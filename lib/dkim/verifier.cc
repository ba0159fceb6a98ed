#include "lib/dkim/verifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/dkim/author_domains.h"
#include "lib/dkim/signature_check.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxResults = 100;

// Fields that RFC 5322 section 3.6 and RFC 2045 allow once.
constexpr absl::string_view kSingleFields[] = {"From",
                                               "Sender",
                                               "Reply-To",
                                               "To",
                                               "Cc",
                                               "Message-ID",
                                               "Date",
                                               "Subject",
                                               "In-Reply-To",
                                               "References",
                                               "MIME-Version",
                                               "Content-Type",
                                               "Content-Transfer-Encoding"};

bool IsOpen(const SignatureResult& result) {
  return result.outcome == Outcome::kNone;
}

}  // namespace

Verifier::Verifier(Message& message, const VerifierSettings& settings,
                   KeyFinder& finder, const Clock& clock)
    : message_(message), settings_(settings), finder_(finder), clock_(clock) {
  const std::vector<uint32_t>& fields =
      message.header().Named("DKIM-Signature");
  if (fields.empty()) return;
  author_domains_ = AuthorDomains(message.header());
  for (size_t i = 0; i < fields.size() && i < kMaxResults; ++i) {
    AddSignature(fields[i]);
  }
  Choose(/*authors=*/true);
  Choose(/*authors=*/false);
  for (Check& check : checks_) {
    if (!IsOpen(check.result)) continue;
    if (message.header().is_cut()) {
      Set(check.result, Outcome::kPermError, Obstacle::kLimit,
          "the header is too large");
    } else if (!check.is_chosen) {
      Set(check.result, Outcome::kPolicy, Obstacle::kLimit,
          "too many signatures");
    } else {
      CheckTimes(check);
      CheckFields(check);
    }
    if (!IsOpen(check.result)) continue;
    check.body_hash = message.bodies().Want(check.signature.body_form,
                                            check.signature.body_bytes);
  }
}

void Verifier::AddSignature(size_t field) {
  Check check;
  check.field = field;
  check.signature = Signature::Parse(message_.header().At(field).value);
  check.result = ResultFor(check.signature);
  check.result.is_authors = IsAuthors(check.signature.domain, author_domains_);
  checks_.push_back(std::move(check));
}

void Verifier::Choose(bool authors) {
  for (Check& check : checks_) {
    if (chosen_ == settings_.max_signatures) return;
    if (!IsOpen(check.result) || check.result.is_authors != authors) continue;
    check.is_chosen = true;
    ++chosen_;
  }
}

void Verifier::CheckTimes(Check& check) const {
  const absl::Time now = clock_.Now();
  const Signature& signature = check.signature;
  if (signature.expires_at &&
      *signature.expires_at + settings_.clock_drift < now) {
    Set(check.result, Outcome::kFail, Obstacle::kExpired,
        "the signature has expired");
  } else if (signature.signed_at &&
             *signature.signed_at - settings_.clock_drift > now) {
    Set(check.result, Outcome::kFail, Obstacle::kFuture,
        "the signature is of the future");
  }
}

void Verifier::CheckFields(Check& check) const {
  const HeaderFields& header = message_.header();
  const Signature& signature = check.signature;
  for (const absl::string_view name : kSingleFields) {
    const size_t present = header.Named(name).size();
    const auto covered = static_cast<size_t>(std::count_if(
        signature.signed_fields.begin(), signature.signed_fields.end(),
        [name](const std::string& field) {
          return absl::EqualsIgnoreCase(field, name);
        }));
    if (covered > 0 && present > covered) {
      check.result.added_fields.emplace_back(name);
    }
  }
  if (!IsOpen(check.result)) return;
  for (const std::string& name : settings_.must_be_signed) {
    if (header.Named(name).empty() || signature.Signs(name)) continue;
    return Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
               absl::StrCat(name, " is not signed"));
  }
  for (const std::string& name : check.result.added_fields) {
    for (const std::string& forbidden : settings_.must_not_be_added) {
      if (!absl::EqualsIgnoreCase(name, forbidden)) continue;
      return Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
                 absl::StrCat("there is a ", name, " that is not signed"));
    }
  }
}

net::Task<std::vector<SignatureResult>> Verifier::Finish(
    net::Deadline deadline) {
  message_.Finish();
  std::vector<Check*> open;
  std::vector<std::string> names;
  for (Check& check : checks_) {
    if (IsOpen(check.result)) {
      CheckBody(check.signature, message_.bodies(), check.body_hash,
                settings_.min_signed_percent, check.result);
    }
    if (check.result.unsigned_bytes > 0) CheckContentType(check);
    if (!IsOpen(check.result)) continue;
    open.push_back(&check);
    names.push_back(check.signature.KeyName());
  }
  if (!open.empty()) {
    const std::vector<FoundKeys> keys =
        co_await finder_.Find(std::move(names), deadline);
    for (size_t i = 0; i < open.size(); ++i) {
      CheckKeys(
          open[i]->signature, keys[i],
          SignedDigest(message_.header(), open[i]->field, open[i]->signature),
          settings_.min_key_bits, open[i]->result);
    }
  }
  std::vector<SignatureResult> results;
  for (Check& check : checks_) results.push_back(std::move(check.result));
  if (results.empty()) results.emplace_back();
  co_return results;
}

// Without it the part that is not signed may be shown as something else.
void Verifier::CheckContentType(Check& check) const {
  if (!IsOpen(check.result)) return;
  if (message_.header().Named("Content-Type").empty() ||
      check.signature.Signs("Content-Type")) {
    return;
  }
  Set(check.result, Outcome::kPolicy, Obstacle::kUnsigned,
      "neither Content-Type nor all of the body is signed");
}

}  // namespace postern::dkim
