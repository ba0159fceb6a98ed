// Whatever the template is: no crash, and always a reply that refuses, on one
// printable line.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "mta/restrictions/dnsbl_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::mta;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  filters::PolicyQuestion question;
  question.helo_name = "h$sender\r\n";
  restrictions::DnsblListing listing;
  listing.rbl_class = "Sender address";
  listing.reason = std::string(text);
  listing.question = &question;
  const smtp::Reply reply = restrictions::FormatDnsblReply(text, listing);
  assert(reply.code >= 400 && reply.code <= 599);
  assert(reply.text.size() <= 600);
  const std::string line = reply.ToString();
  assert(std::all_of(line.begin(), line.end(),
                     [](char c) { return c >= ' ' && c <= '~'; }));
  return 0;
}
