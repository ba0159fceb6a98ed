#include "mta/outbound/mailroom.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "mta/outbound/default_privs.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/maildir.h"
#include "mta/outbound/mbox.h"
#include "mta/outbound/outcome.h"
#include "mta/rewriting/extension.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kPasswdFields = 7;

absl::Status CheckLimit(absl::string_view field, int64_t limit_bytes,
                        int64_t message_bytes) {
  if (limit_bytes == 0 || limit_bytes >= message_bytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": must not be less than message_size_limit"));
}

queue::Outcome LookupFailed(const absl::Status& why) {
  return Deferred(Cause::kConfiguration, "4.3.0",
                  absl::StrCat("mailbox lookup failed: ", why.message()));
}

queue::Outcome UnknownUser(absl::string_view who) {
  return Failed("5.1.1", absl::StrCat("unknown user: \"", who, "\""));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Mailroom>> Mailroom::Create(
    const config::v1::Mta& config) {
  if (config.virtual_mailbox_domains_size() > 0 &&
      config.virtual_mailbox_base().empty()) {
    return absl::InvalidArgumentError(
        "virtual_mailbox_base: virtual_mailbox_domains need it");
  }
  RETURN_IF_ERROR(CheckLimit("virtual_mailbox_limit",
                             config.virtual_mailbox_limit(),
                             config.message_size_limit()));
  RETURN_IF_ERROR(CheckLimit("mailbox_size_limit", config.mailbox_size_limit(),
                             config.message_size_limit()));
  if (!config.home_mailbox().empty() &&
      !IsPlainPath(absl::StripSuffix(config.home_mailbox(), "/"))) {
    return absl::InvalidArgumentError(
        "home_mailbox: not a plain path below the home directory");
  }
  std::unique_ptr<Mailroom> room(new Mailroom());
  room->hostname_ = config.myhostname();
  room->virtual_base_ = config.virtual_mailbox_base();
  room->virtual_limit_bytes_ = config.virtual_mailbox_limit();
  room->local_limit_bytes_ = config.mailbox_size_limit();
  room->home_mailbox_ = config.home_mailbox();
  room->spool_directory_ = config.mail_spool_directory();
  room->minimum_uid_ = std::max(1u, config.virtual_minimum_uid());
  room->lock_attempts_ = std::max(1u, config.deliver_lock_attempts());
  room->lock_delay_ = config::FromProto(config.deliver_lock_delay());
  room->files_ = config.allow_mail_to_files_size() > 0;
  ASSIGN_OR_RETURN(room->owner_of_files_, DefaultPrivs(config));
  RETURN_IF_ERROR(room->OpenTables(config));
  return room;
}

absl::Status Mailroom::OpenTables(const config::v1::Mta& config) {
  ASSIGN_OR_RETURN(uids_, rewriting::AddressMap::Open(
                              "virtual_uid_maps", config.virtual_uid_maps(),
                              config.recipient_delimiter()));
  ASSIGN_OR_RETURN(gids_, rewriting::AddressMap::Open(
                              "virtual_gid_maps", config.virtual_gid_maps(),
                              config.recipient_delimiter()));
  if (uids_.empty() != gids_.empty()) {
    return absl::InvalidArgumentError(
        "virtual_uid_maps: needs virtual_gid_maps, and the other way round");
  }
  ASSIGN_OR_RETURN(users_,
                   table::Open("unix:passwd.byname", table::Environment()));
  return absl::OkStatus();
}

net::Task<queue::Outcome> Mailroom::DeliverToMailbox(
    const rewriting::AddressBook& book, mail::Address recipient,
    Letter letter) const {
  const absl::StatusOr<std::optional<std::string>> path =
      co_await book.MailboxOf(recipient);
  if (!path.ok()) co_return LookupFailed(path.status());
  if (!path->has_value()) co_return UnknownUser(recipient.ToString());
  absl::StatusOr<std::optional<FileOwner>> owner = co_await OwnerOf(recipient);
  if (!owner.ok()) co_return LookupFailed(owner.status());
  Box box{virtual_base_, **path, virtual_limit_bytes_, *owner};
  queue::Outcome outcome = co_await DeliverTo(std::move(box), letter);
  co_return outcome;
}

net::Task<absl::StatusOr<std::optional<FileOwner>>> Mailroom::OwnerOf(
    mail::Address recipient) const {
  if (uids_.empty()) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(const std::optional<rewriting::AddressMap::Match> uid,
                      co_await uids_.Find(recipient, false));
  CO_ASSIGN_OR_RETURN(const std::optional<rewriting::AddressMap::Match> gid,
                      co_await gids_.Find(recipient, false));
  FileOwner owner;
  if (!uid || !gid || !absl::SimpleAtoi(uid->value, &owner.uid) ||
      !absl::SimpleAtoi(gid->value, &owner.gid) || owner.gid == 0 ||
      owner.uid < minimum_uid_) {
    co_return absl::FailedPreconditionError(
        "virtual_uid_maps or virtual_gid_maps have no user for it");
  }
  co_return owner;
}

net::Task<queue::Outcome> Mailroom::DeliverToUser(std::string local_part,
                                                  std::string delimiters,
                                                  Letter letter) const {
  const std::string user = absl::AsciiStrToLower(
      rewriting::SplitExtension(local_part, delimiters).base);
  absl::StatusOr<Box> box = co_await BoxOfUser(user);
  if (absl::IsNotFound(box.status())) co_return UnknownUser(user);
  if (!box.ok()) co_return LookupFailed(box.status());
  queue::Outcome outcome = co_await DeliverTo(*std::move(box), letter);
  co_return outcome;
}

net::Task<queue::Outcome> Mailroom::DeliverToFile(std::string path,
                                                  Letter letter) const {
  if (!files_) co_return Failed("5.7.1", "mail to file is restricted");
  // Its locks and what it holds are nobody's business.
  if (path == "/dev/null") co_return Delivered("2.0.0", "delivered to file");
  const absl::string_view name = absl::StripSuffix(path, "/");
  const size_t slash = name.rfind('/');
  if (slash == name.npos)
    co_return Deferred(Cause::kConfiguration, "4.3.5", "not a whole path");
  Box box;
  // "/file" is in "/.": the base is used without a slash at its end.
  box.base = slash == 0 ? "/." : std::string(name.substr(0, slash));
  box.path = path.substr(slash + 1);
  box.limit_bytes = local_limit_bytes_;
  box.owner = owner_of_files_;
  queue::Outcome outcome = co_await DeliverTo(std::move(box), letter);
  co_return outcome;
}

net::Task<absl::StatusOr<Mailroom::Box>> Mailroom::BoxOfUser(
    std::string user) const {
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> line,
                      co_await users_->Find(user));
  // It becomes the name of a file.
  if (!line || !IsPlainPath(user) || absl::StrContains(user, "/")) {
    co_return absl::NotFoundError(user);
  }
  const std::vector<std::string> fields = absl::StrSplit(*line, ':');
  Box box;
  FileOwner owner;
  if (fields.size() < kPasswdFields ||
      !absl::SimpleAtoi(fields[2], &owner.uid) ||
      !absl::SimpleAtoi(fields[3], &owner.gid)) {
    co_return absl::DataLossError("the user's entry cannot be read");
  }
  box.owner = owner;
  box.limit_bytes = local_limit_bytes_;
  if (!home_mailbox_.empty()) {
    box.base = fields[fields.size() - 2];
    box.path = home_mailbox_;
  } else {
    const bool is_maildir = absl::EndsWith(spool_directory_, "/");
    box.base = spool_directory_;
    box.path = absl::StrCat(user, is_maildir ? "/" : "");
  }
  co_return box;
}

net::Task<queue::Outcome> Mailroom::DeliverTo(Box box, Letter letter) const {
  for (uint32_t attempt = 0; attempt < lock_attempts_; ++attempt) {
    if (attempt > 0) co_await net::Sleep(lock_delay_);
    const auto deliver = [this, &box, &letter] {
      return TryToDeliver(box, letter);
    };
    std::optional<queue::Outcome> outcome = co_await net::Blocking(deliver);
    if (outcome) co_return *std::move(outcome);
  }
  co_return Deferred(Cause::kMailbox, "4.2.0", "mailbox is locked");
}

std::optional<queue::Outcome> Mailroom::TryToDeliver(
    const Box& box, const Letter& letter) const {
  if (absl::EndsWith(box.path, "/")) {
    const absl::StatusOr<Maildir> maildir =
        Maildir::At(box.base, box.path, hostname_, box.limit_bytes);
    if (!maildir.ok())
      return Deferred(Cause::kConfiguration, "4.3.5",
                      maildir.status().message());
    const ActingAs acting(box.owner);
    if (!acting.ok())
      return Deferred(Cause::kSystem, "4.3.0", "cannot act as the user");
    return maildir->Deliver(letter);
  }
  const absl::StatusOr<Mbox> mbox =
      Mbox::At(box.base, box.path, box.limit_bytes);
  if (!mbox.ok())
    return Deferred(Cause::kConfiguration, "4.3.5", mbox.status().message());
  const ActingAs acting(box.owner);
  if (!acting.ok())
    return Deferred(Cause::kSystem, "4.3.0", "cannot act as the user");
  return mbox->Deliver(letter);
}

}  // namespace postern::mta::outbound
