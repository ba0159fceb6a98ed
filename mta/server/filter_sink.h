// Holds the header of a message back for filters, which may change it, and lets
// the body go on into the spool.
//
//   FilterSink sink(max_header_bytes, next);
//   … sink.Append(content) …
//   CO_RETURN_IF_ERROR(co_await sink.Finish());
//   sink.fields()   // the header without its empty line
//
// Threads: one at a time. One object a message.
// Limits:  the header in memory; what is longer than `max_header_bytes` counts
//          as body.

#ifndef POSTERN_MTA_SERVER_FILTER_SINK_H_
#define POSTERN_MTA_SERVER_FILTER_SINK_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/mail/header_splitter.h"
#include "lib/net/task.h"
#include "mta/server/content_sink.h"

namespace postern::mta::server {

class FilterSink final : public ContentSink {
 public:
  // `next` must outlive it.
  FilterSink(size_t max_header_bytes, ContentSink& next)
      : splitter_(max_header_bytes), next_(next) {}

  net::Task<absl::Status> Append(absl::string_view content) override;
  net::Task<absl::Status> Finish() override;

  const std::string& fields() const { return fields_; }

 private:
  bool at_end() const {
    return splitter_.found() == mail::HeaderSplitter::Found::kEnd;
  }
  // Keeps what the splitter has found; the beginning of the body goes on.
  net::Task<absl::Status> Take();

  mail::HeaderSplitter splitter_;
  ContentSink& next_;
  std::string fields_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_FILTER_SINK_H_
