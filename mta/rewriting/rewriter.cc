#include "mta/rewriting/rewriter.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/mail/xtext.h"
#include "mta/rewriting/address_text.h"

namespace postern::mta::rewriting {
namespace {

// Envelopes hold what was parsed before; what was not is kept as a local part.
mail::Address Parsed(const std::string& text) {
  absl::StatusOr<mail::Address> address =
      mail::Address::Parse(text, mail::Charset::kUtf8);
  return address.ok() ? *std::move(address) : mail::Address{text, ""};
}

// The members of an alias report no success, or the sender would get a report
// for each (RFC 3461 section 5.2.7.3).
void LeaveOutSuccess(spool::v1::Recipient& recipient) {
  if (!recipient.notify_success()) return;
  recipient.set_notify_success(false);
  recipient.set_notify_never(!recipient.notify_failure() &&
                             !recipient.notify_delay());
}

// The sender's wishes end at a list (section 5.2.7.1): what becomes of its
// members is for its owner to know.
void ForgetDsn(spool::v1::Recipient& recipient) {
  recipient.clear_notify_never();
  recipient.clear_notify_success();
  recipient.clear_notify_failure();
  recipient.clear_notify_delay();
  recipient.clear_original_recipient();
}

// Adds what tells the sender that `recipient` stands for others, if he wants to
// be told of success. An alias of one other address is not told of.
void AddExpanded(spool::v1::Recipient recipient, const mail::Address& address,
                 const std::vector<Target>& targets,
                 std::vector<spool::v1::Recipient>& recipients) {
  const bool is_list = absl::c_all_of(
      targets, [](const Target& target) { return !target.owner.empty(); });
  const bool is_told = recipient.notify_success() && !recipient.notify_never();
  if (!is_told || targets.empty()) return;
  if (targets.size() == 1 && !is_list) return;
  recipient.set_address(address.ToString());
  recipient.set_expansion(is_list ? spool::v1::EXPANSION_LIST
                                  : spool::v1::EXPANSION_ALIAS);
  recipients.push_back(std::move(recipient));
}

}  // namespace

// What the envelope is to become.
struct Rewriter::Outgoing {
  std::vector<spool::v1::Recipient> recipients;
  absl::flat_hash_set<std::string> known;
  std::vector<mail::Address> copies;
  absl::flat_hash_set<std::string> known_copies;
};

absl::StatusOr<std::unique_ptr<Rewriter>> Rewriter::Open(
    const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
    const table::Environment& tables) {
  std::unique_ptr<Rewriter> rewriter(new Rewriter());
  rewriter->book_ = book;
  ASSIGN_OR_RETURN(rewriter->canonical_, Canonical::Open(config, book, tables));
  ASSIGN_OR_RETURN(
      rewriter->expansion_,
      Expansion::Open(config, book, *rewriter->canonical_, tables));
  const std::string& delimiters = config.recipient_delimiter();
  ASSIGN_OR_RETURN(rewriter->sender_bcc_,
                   AddressMap::Open("sender_bcc_maps", config.sender_bcc_maps(),
                                    delimiters, tables));
  ASSIGN_OR_RETURN(
      rewriter->recipient_bcc_,
      AddressMap::Open("recipient_bcc_maps", config.recipient_bcc_maps(),
                       delimiters, tables));
  rewriter->always_bcc_ = config.always_bcc();
  if (!rewriter->always_bcc_.empty() &&
      FindAddresses(rewriter->always_bcc_).size() != 1) {
    return absl::InvalidArgumentError("always_bcc: is not an address");
  }
  rewriter->keeps_original_ = config.enable_original_recipient();
  return rewriter;
}

net::Task<absl::Status> Rewriter::Rewrite(spool::v1::Envelope& envelope) const {
  Outgoing outgoing;
  mail::Address sender;
  if (!envelope.sender().empty()) {
    const mail::Address given = Parsed(envelope.sender());
    CO_ASSIGN_OR_RETURN(
        sender, co_await canonical_->Rewrite(Place::kEnvelopeSender, given));
    CO_RETURN_IF_ERROR(
        co_await AddCopies("sender_bcc_maps", sender_bcc_, sender, outgoing));
  }
  const bool may_copy = !envelope.to_be_rewritten();
  if (!always_bcc_.empty() && may_copy) {
    outgoing.copies.push_back(FindAddresses(always_bcc_).front().address);
  }
  for (const spool::v1::Recipient& recipient : envelope.recipients()) {
    CO_RETURN_IF_ERROR(co_await AddRecipient(recipient, may_copy, outgoing));
  }
  const std::vector<mail::Address> copies = std::move(outgoing.copies);
  for (const mail::Address& copy : copies) {
    spool::v1::Recipient recipient;
    recipient.set_address(canonical_->Complete(copy).ToString());
    recipient.set_notify_never(true);
    CO_RETURN_IF_ERROR(co_await AddRecipient(recipient, false, outgoing));
  }
  envelope.set_sender(sender.ToString());
  envelope.clear_recipients();
  for (spool::v1::Recipient& recipient : outgoing.recipients) {
    *envelope.add_recipients() = std::move(recipient);
  }
  co_return absl::OkStatus();
}

net::Task<absl::Status> Rewriter::AddRecipient(spool::v1::Recipient recipient,
                                               bool may_copy,
                                               Outgoing& outgoing) const {
  const std::string given = recipient.address();
  CO_ASSIGN_OR_RETURN(
      const mail::Address address,
      co_await canonical_->Rewrite(Place::kEnvelopeRecipient, Parsed(given)));
  if (may_copy) {
    CO_RETURN_IF_ERROR(co_await AddCopies("recipient_bcc_maps", recipient_bcc_,
                                          address, outgoing));
  }
  CO_ASSIGN_OR_RETURN(const std::vector<Target> targets,
                      co_await expansion_->Expand(address));
  for (const Target& target : targets) {
    const std::string text = target.address.ToString();
    const std::string who = absl::AsciiStrToLower(
        keeps_original_ ? absl::StrCat(given, "\n", text, "\n", target.owner)
                        : absl::StrCat(text, "\n", target.owner));
    const std::string key =
        absl::StrCat(who, "\n", target.file, "\n", target.command);
    if (!outgoing.known.insert(key).second) continue;
    if (outgoing.recipients.size() >= Expansion::kMaxTargets) {
      co_return ExpansionError("virtual_alias_maps", address,
                               "too many recipients");
    }
    spool::v1::Recipient copy = recipient;
    copy.set_address(text);
    if (text != given) {
      copy.set_given_address(given);
      if (copy.original_recipient().empty()) {
        copy.set_original_recipient(
            absl::StrCat("rfc822;", mail::EncodeXtext(given)));
      }
    }
    copy.set_owner(target.owner);
    copy.set_verdict(target.verdict);
    copy.set_file(target.file);
    copy.set_command(target.command);
    if (target.owner.empty() && targets.size() > 1) LeaveOutSuccess(copy);
    if (!target.owner.empty()) ForgetDsn(copy);
    outgoing.recipients.push_back(std::move(copy));
  }
  AddExpanded(recipient, address, targets, outgoing.recipients);
  co_return absl::OkStatus();
}

net::Task<absl::Status> Rewriter::AddCopies(const char* field,
                                            const AddressMap& map,
                                            mail::Address address,
                                            Outgoing& outgoing) const {
  if (map.empty()) co_return absl::OkStatus();
  const absl::StatusOr<bool> is_local = co_await book_->IsLocal(address.domain);
  if (!is_local.ok()) {
    co_return LookupError(field, address, is_local.status().message());
  }
  const absl::StatusOr<std::optional<AddressMap::Match>> match =
      co_await map.Find(address, *is_local);
  if (!match.ok())
    co_return LookupError(field, address, match.status().message());
  if (!match->has_value()) co_return absl::OkStatus();
  for (mail::Address& copy : AddressesIn(**match, address, false)) {
    const std::string key = absl::AsciiStrToLower(copy.ToString());
    if (!outgoing.known_copies.insert(key).second) continue;
    outgoing.copies.push_back(std::move(copy));
  }
  co_return absl::OkStatus();
}

}  // namespace postern::mta::rewriting
