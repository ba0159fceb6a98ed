// Where the content of a message goes while it arrives.
//
// Intake (intake.h) puts each piece in, cut anywhere; what looks at content or
// changes it stands between the two as one more sink.
//
// Threads: one at a time.

#ifndef POSTERN_MTA_SERVER_CONTENT_SINK_H_
#define POSTERN_MTA_SERVER_CONTENT_SINK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/queue/incoming.h"

namespace postern::mta::server {

class ContentSink {
 public:
  virtual ~ContentSink() = default;

  // Takes the next bytes of the content; they must outlive the task. After an
  // error nothing more is put in.
  virtual net::Task<absl::Status> Append(absl::string_view content) = 0;

  // The message is over: whatever is held back goes on.
  virtual net::Task<absl::Status> Finish() { co_return absl::OkStatus(); }
};

// The last one: into the spool.
class SpoolSink final : public ContentSink {
 public:
  // `incoming` must outlive it.
  explicit SpoolSink(queue::Incoming& incoming) : incoming_(incoming) {}

  net::Task<absl::Status> Append(absl::string_view content) override {
    return incoming_.Append(content);
  }

 private:
  queue::Incoming& incoming_;
};

// For content that nobody wants.
class DiscardSink final : public ContentSink {
 public:
  net::Task<absl::Status> Append(absl::string_view) override {
    co_return absl::OkStatus();
  }
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CONTENT_SINK_H_
