#include "tlm/cpu/gdb/server.h"

#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace systole::gdb {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Sockets are touched by the thread in run() only; `events` by both, under the mutex.
struct Server::Impl {
  asio::io_context io;
  tcp::acceptor acceptor{io};
  tcp::socket client{io};
  asio::steady_timer farewell{io};
  std::array<char, 4096> buffer;
  std::deque<std::string> outgoing;
  std::string address;
  bool ending = false;
  unsigned connection = 0;  ///< number of the present one: what is left of others is not for it

  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Event> events;
  std::atomic<bool> pending{false};
  std::thread thread;

  void listen(const std::string& host, uint16_t port);
  void push(Event event);
  void accept();
  void read();
  void write();
  void close();
  void end();
};

void Server::Impl::listen(const std::string& host, uint16_t port) {
  const std::string wanted = host + ":" + std::to_string(port);
  try {
    tcp::resolver resolver(io);
    const tcp::endpoint endpoint =
        *resolver.resolve(host, std::to_string(port), tcp::resolver::passive).begin();
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(1);
  } catch (const boost::system::system_error& error) {
    throw ServerError("cannot listen on '" + wanted + "': " + error.code().message());
  }
  const tcp::endpoint bound = acceptor.local_endpoint();
  address = bound.address().to_string();
  if (bound.address().is_v6()) address = "[" + address + "]";
  address += ":" + std::to_string(bound.port());
}

void Server::Impl::push(Event event) {
  const std::lock_guard<std::mutex> lock(mutex);
  events.push_back(std::move(event));
  pending = true;
  arrived.notify_one();
}

void Server::Impl::accept() {
  acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error) return;
    if (!client.is_open()) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      client = std::move(socket);
      outgoing.clear();
      ++connection;
      push({Event::Connected, ""});
      read();
    }
    accept();
  });
}

void Server::Impl::read() {
  client.async_read_some(asio::buffer(buffer),
                         [this, own = connection](const error_code& error, size_t bytes) {
                           if (own != connection || !client.is_open()) return;
                           if (error) return close();
                           push({Event::Received, std::string(buffer.data(), bytes)});
                           read();
                         });
}

void Server::Impl::write() {
  asio::async_write(client, asio::buffer(outgoing.front()),
                    [this, own = connection](const error_code& error, size_t) {
                      if (own != connection || !client.is_open()) return;
                      if (error) return close();
                      outgoing.pop_front();
                      if (!outgoing.empty())
                        write();
                      else if (ending)
                        io.stop();
                    });
}

void Server::Impl::close() {
  if (!client.is_open()) return;
  error_code ignored;
  client.shutdown(tcp::socket::shutdown_both, ignored);
  client.close(ignored);
  outgoing.clear();
  push({Event::Closed, ""});
  if (ending) io.stop();
}

void Server::Impl::end() {
  ending = true;
  if (outgoing.empty()) return io.stop();
  farewell.expires_after(std::chrono::seconds(1));
  farewell.async_wait([this](const error_code&) { io.stop(); });
}

Server::Server(const std::string& host, uint16_t port) : impl_(std::make_unique<Impl>()) {
  impl_->listen(host, port);
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

Server::~Server() {
  asio::post(impl_->io, [impl = impl_.get()] { impl->end(); });
  impl_->thread.join();
}

const std::string& Server::address() const { return impl_->address; }

bool Server::pending() const { return impl_->pending.load(std::memory_order_relaxed); }

Server::Event Server::next(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  if (!impl_->arrived.wait_for(lock, timeout, [this] { return !impl_->events.empty(); })) return {};
  Event event = std::move(impl_->events.front());
  impl_->events.pop_front();
  impl_->pending = !impl_->events.empty();
  return event;
}

void Server::wait(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  impl_->arrived.wait_for(lock, timeout, [this] { return !impl_->events.empty(); });
}

void Server::send(std::string bytes) {
  asio::post(impl_->io, [impl = impl_.get(), bytes = std::move(bytes)]() mutable {
    if (!impl->client.is_open()) return;
    impl->outgoing.push_back(std::move(bytes));
    if (impl->outgoing.size() == 1) impl->write();
  });
}

}  // namespace systole::gdb
