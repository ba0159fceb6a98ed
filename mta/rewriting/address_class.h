// Where an address belongs, by its domain.
//
// Source:  Postfix, ADDRESS_CLASS_README.
// Threads: values.

#ifndef POSTERN_MTA_REWRITING_ADDRESS_CLASS_H_
#define POSTERN_MTA_REWRITING_ADDRESS_CLASS_H_

#include <optional>
#include <string>

namespace postern::mta::rewriting {

enum class AddressClass {
  kLocal,         // mydestination: a user of this machine.
  kVirtualAlias,  // virtual_alias_domains: another name for other addresses.
  kMailbox,       // virtual_mailbox_domains: a mailbox here.
  kRelay,         // relay_domains: a domain that we relay for.
  kElsewhere,     // None of ours.
};

// Why an address of ours receives no mail: what to reply.
struct Unlisted {
  int code = 550;
  std::string status;  // "5.1.1"
  // "User unknown in local recipient table"; goes behind "<address>: Recipient
  // address rejected: ".
  std::string text;
};

// What our tables say of an address.
struct Listing {
  AddressClass address_class = AddressClass::kElsewhere;
  // No value: there is somebody, or it is not for us to say.
  std::optional<Unlisted> unlisted;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_ADDRESS_CLASS_H_
