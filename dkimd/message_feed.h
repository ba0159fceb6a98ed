// Cuts a message that comes as a stream of bytes into what signing and
// verifying look at: its fields, and its body.
//
//   MessageFeed feed(sink);
//   while (…) feed.Add(bytes);
//   feed.Finish();
//
// Files have LF where mail has CR LF: an LF without a CR before it becomes
// both.
//
// Threads: one at a time.
// Limits:  a field of 1 MiB; more ends the header.

#ifndef POSTERN_DKIMD_MESSAGE_FEED_H_
#define POSTERN_DKIMD_MESSAGE_FEED_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/mail/header.h"
#include "lib/mail/header_splitter.h"

namespace postern::dkimd {

class MessageFeed {
 public:
  // What takes the parts, in this order.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void OnField(const mail::HeaderField& field) = 0;
    virtual void OnEndOfHeader() = 0;
    virtual void OnBody(absl::string_view chunk) = 0;
  };

  // `sink` must outlive it.
  explicit MessageFeed(Sink& sink) : sink_(sink) {}

  void Add(absl::string_view bytes);
  // Says that the message is over; once.
  void Finish();

  // Whether anything came at all.
  bool is_empty() const { return is_empty_; }

 private:
  void AddHeader(absl::string_view text);
  void OnFound();

  Sink& sink_;
  mail::HeaderSplitter splitter_{1 << 20};
  bool is_empty_ = true;
  bool ends_in_cr_ = false;
  bool is_in_body_ = false;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_MESSAGE_FEED_H_
