// Whose messages may be in delivery when not all can be: no sender and no
// destination takes all the room, however much mail it has.
//
// Messages are sorted into flows by their sender and by the domain of their
// first recipient. Either may have as many messages in delivery as there is
// room left: one that wants all gets half, two get a third each, and so there
// is always room for who comes next.
//
// Flows are chosen by a hash that differs from run to run (stochastic
// fairness): one of 256 senders is taken for the same one by chance.
//
// Threads: one at a time.

#ifndef POSTERN_MTA_QUEUE_FAIR_SHARE_H_
#define POSTERN_MTA_QUEUE_FAIR_SHARE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

struct Flow {
  uint8_t sender = 0;
  uint8_t destination = 0;

  friend auto operator<=>(const Flow&, const Flow&) = default;
};

Flow FlowOf(const spool::v1::Envelope& envelope);

class FairShare {
 public:
  // Counts a message of the flow as in delivery, and as no longer there.
  void Begin(Flow flow);
  void End(Flow flow);

  // Tells whether one more may be in delivery when `limit` may be in all.
  bool HasRoom(Flow flow, size_t limit) const;

  size_t total() const { return total_; }

 private:
  std::array<uint32_t, 256> senders_ = {};
  std::array<uint32_t, 256> destinations_ = {};
  size_t total_ = 0;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_FAIR_SHARE_H_
