// The checks of content on the way into the spool (mta/content/inspection.h).
//
//   InspectionSink sink(inspection, *incoming);
//   CO_RETURN_IF_ERROR(co_await sink.AppendOwn(fields));
//   ... sink.Append(content) ...                       // intake.h
//   CO_RETURN_IF_ERROR(co_await sink.Finish());
//   ... inspection.verdict() ...
//
// Threads: one at a time.
// Limits:  one read of the message; content that nobody looks at is not copied.

#ifndef POSTERN_MTA_SERVER_INSPECTION_SINK_H_
#define POSTERN_MTA_SERVER_INSPECTION_SINK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/content/inspection.h"
#include "mta/server/content_sink.h"

namespace postern::mta::server {

class InspectionSink final : public ContentSink {
 public:
  // Both must outlive it.
  InspectionSink(content::Inspection& inspection, ContentSink& next)
      : inspection_(inspection), next_(next) {}

  // Takes our own header fields, which come first.
  net::Task<absl::Status> AppendOwn(absl::string_view fields);

  net::Task<absl::Status> Append(absl::string_view content) override;

  net::Task<absl::Status> Finish() override;

 private:
  net::Task<absl::Status> PassOn();

  content::Inspection& inspection_;
  ContentSink& next_;
  std::string passed_;  // Came out of the inspection.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_INSPECTION_SINK_H_
