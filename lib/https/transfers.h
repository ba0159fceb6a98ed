// The thread on which libcurl makes the requests of a client, a few at a time.
//
// Threads: Add() from any thread.
// Limits:  as Options has them; one exchange more is Unavailable. One that
//          waits past its deadline is dropped unasked.

#ifndef POSTERN_LIB_HTTPS_TRANSFERS_H_
#define POSTERN_LIB_HTTPS_TRANSFERS_H_

#include <curl/curl.h>

#include <deque>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "lib/https/exchange.h"
#include "lib/https/options.h"
#include "lib/https/transfer.h"

namespace postern::https {

class Transfers {
 public:
  explicit Transfers(Options options);
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  // Breaks off what is under way: Unavailable.
  ~Transfers();

  // Makes the request as soon as there is room, and sets its result.
  void Add(std::shared_ptr<Exchange> exchange);

 private:
  void Run();
  // Takes what waits, as long as there is room; false: it is time to end.
  bool Admit();
  void Start(std::shared_ptr<Exchange> exchange);
  void EndTheFinished();
  int WaitMilliseconds();

  const Options options_;
  CURLM* const multi_;
  absl::flat_hash_map<CURL*, std::unique_ptr<Transfer>> active_;  // Its thread.

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Exchange>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // The last: it uses the others.
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_TRANSFERS_H_
