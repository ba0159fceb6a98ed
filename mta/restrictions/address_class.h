// Where an address belongs: to a mailbox here, to a domain that we relay for,
// or elsewhere.
//
//   ASSIGN_OR_RETURN(AddressClasses classes,
//   AddressClasses::FromConfig(config)); if (classes.ClassOf(recipient) ==
//   AddressClass::kElsewhere) refuse;
//
// A local part with routing of old in it (user%host, host!user, "user@host")
// belongs elsewhere whatever its domain, so that nobody is led through us
// (security catalogue MTA-36).
//
// Source:  Postfix, ADDRESS_CLASS_README.
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault.
// Threads: immutable once created; safe to share. Tables are read when it is
//          created; make a new one to see changes.

#ifndef POSTERN_MTA_RESTRICTIONS_ADDRESS_CLASS_H_
#define POSTERN_MTA_RESTRICTIONS_ADDRESS_CLASS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "lib/table/table.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

enum class AddressClass {
  kMailbox,         // A mailbox here.
  kUnknownMailbox,  // A mailbox domain of ours, but nobody of that name.
  kRelay,           // A domain that we relay for.
  kElsewhere,
};

class AddressClasses {
 public:
  static absl::StatusOr<AddressClasses> FromConfig(
      const config::v1::Mta& config);

  AddressClass ClassOf(const mail::Address& address) const;

  // Returns the Maildir of the address, relative to virtual_mailbox_base;
  // nullopt: there is none. The whole address is looked up, then "@domain".
  std::optional<std::string> MailboxOf(const mail::Address& address) const;

 private:
  AddressClasses() = default;

  absl::flat_hash_set<std::string> mailbox_domains_;
  absl::flat_hash_set<std::string> relay_domains_;
  std::vector<std::unique_ptr<table::Table>> mailbox_maps_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_ADDRESS_CLASS_H_
