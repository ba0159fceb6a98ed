// What the configuration says of addresses: which class one belongs to, whether
// somebody is there, and which mailbox is theirs.
//
//   ASSIGN_OR_RETURN(const std::shared_ptr<const AddressBook> book,
//                    AddressBook::Open(config));
//   CO_ASSIGN_OR_RETURN(const Listing listing,
//                       co_await book->ListingOf(recipient, Role::kRecipient));
//   if (listing.address_class == AddressClass::kElsewhere) refuse to relay;
//   if (listing.unlisted) refuse: nobody of that name;
//
// A local part with routing of old in it (user%host, host!user, "user@host")
// belongs elsewhere whatever its domain, so that nobody is led through us
// (security catalogue MTA-36). An address without a domain is one at myorigin.
//
// Source:  Postfix, ADDRESS_CLASS_README: mydestination comes first, then
//          virtual_alias_domains, virtual_mailbox_domains and relay_domains;
//          whoever is in canonical_maps or virtual_alias_maps exists, whatever
//          the tables of the class say.
// Errors:  Open(): the text starts with the config field at fault. The others
//          fail when a table cannot be asked: then nobody knows, and the answer
//          to the client is 451.
// Threads: immutable once created; safe to share. Tables are read when it is
//          created; make a new one to see changes.

#ifndef POSTERN_MTA_REWRITING_ADDRESS_BOOK_H_
#define POSTERN_MTA_REWRITING_ADDRESS_BOOK_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "mta/rewriting/address_class.h"
#include "mta/rewriting/address_map.h"
#include "mta/rewriting/domain_list.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::rewriting {

class AddressBook {
 public:
  enum class Role { kSender, kRecipient };

  // `config` has its references expanded (lib/config/reference.h).
  static absl::StatusOr<std::shared_ptr<const AddressBook>> Open(
      const config::v1::Mta& config,
      const table::Environment& tables = table::Environment());

  // The book must outlive the tasks.
  net::Task<absl::StatusOr<AddressClass>> ClassOf(mail::Address address) const;
  net::Task<absl::StatusOr<Listing>> ListingOf(mail::Address address,
                                               Role role) const;

  // Tells whether `domain` may be left out of the keys of tables: it is in
  // mydestination or is myorigin.
  net::Task<absl::StatusOr<bool>> IsLocal(std::string domain) const;

  // Returns the mailbox of an address of virtual_mailbox_domains, relative to
  // virtual_mailbox_base; nullopt: there is none.
  net::Task<absl::StatusOr<std::optional<std::string>>> MailboxOf(
      mail::Address address) const;

  // The domain of addresses that have none.
  const std::string& myorigin() const { return myorigin_; }
  const std::string& delimiters() const { return delimiters_; }

  // Returns the address with myorigin for the domain that it lacks.
  mail::Address Complete(mail::Address address) const;

 private:
  struct Maps {
    AddressMap canonical;
    AddressMap virtual_aliases;
    AddressMap relocated;
    AddressMap local;
    AddressMap mailboxes;
    AddressMap relay;
  };
  struct Domains {
    DomainList local;
    DomainList virtual_alias;
    DomainList mailbox;
    DomainList relay;
  };
  struct Codes {
    int local = 550;
    int virtual_alias = 550;
    int mailbox = 550;
    int relay = 550;
  };

  AddressBook() = default;
  absl::Status OpenDomains(const config::v1::Mta& config,
                           const table::Environment& tables);
  absl::Status OpenMaps(const config::v1::Mta& config,
                        const table::Environment& tables);
  // Looks the address up in the table of its class.
  net::Task<absl::StatusOr<std::optional<Unlisted>>> UnlistedIn(
      AddressClass address_class, mail::Address address) const;

  std::string myorigin_;
  std::string delimiters_;
  Domains domains_;
  Maps maps_;
  Codes codes_;
};

// Returns what an item of alias_maps is called elsewhere: there, hash: and
// texthash: are files in the format of aliases(5).
std::string AliasSpec(absl::string_view spec);

// Returns myorigin, from the file that it names when it begins with a slash.
absl::StatusOr<std::string> OriginOf(const config::v1::Mta& config);

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_ADDRESS_BOOK_H_
