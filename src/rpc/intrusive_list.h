#pragma once

namespace tikv::rpc {

/// A place in a list, as a member or base of what is listed. Leaves its list when destroyed, so an
/// owner may destroy a listed object at any time; joining and leaving allocate nothing.
class ListNode {
 public:
  ListNode() noexcept = default;
  ~ListNode() { unlink(); }
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  [[nodiscard]] bool linked() const noexcept { return next_ != this; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  template <class Node>
  friend class List;
  void link_before(ListNode& other) noexcept {
    previous_ = other.previous_;
    next_ = &other;
    previous_->next_ = this;
    other.previous_ = this;
  }

  ListNode* previous_ = this;
  ListNode* next_ = this;
};

/// A list of objects that derive from `Node`, which derives from `ListNode`. `Node` is a class of
/// its own for each list that an object can be in at the same time.
template <class Node>
class List {
 public:
  List() noexcept = default;
  ~List() {
    while (pop_front() != nullptr) {
    }
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  [[nodiscard]] bool empty() const noexcept { return !head_.linked(); }
  [[nodiscard]] Node* front() const noexcept { return empty() ? nullptr : static_cast<Node*>(head_.next_); }
  Node* pop_front() noexcept {
    Node* first = front();
    if (first != nullptr) first->ListNode::unlink();
    return first;
  }
  void push_back(Node& node) noexcept {
    node.ListNode::unlink();
    node.link_before(head_);
  }
  void push_front(Node& node) noexcept {
    node.ListNode::unlink();
    node.link_before(*head_.next_);
  }
  /// For reading along: nothing may join or leave meanwhile.
  class Iterator {
   public:
    explicit Iterator(ListNode* at) noexcept : at_(at) {}
    Node& operator*() const noexcept { return static_cast<Node&>(*at_); }
    Iterator& operator++() noexcept {
      at_ = at_->next_;
      return *this;
    }
    bool operator==(const Iterator&) const noexcept = default;

   private:
    ListNode* at_;
  };
  [[nodiscard]] Iterator begin() noexcept { return Iterator(head_.next_); }
  [[nodiscard]] Iterator end() noexcept { return Iterator(&head_); }
  /// Takes over everything that `other` holds, behind what is here.
  void splice_back(List& other) noexcept {
    while (Node* node = other.pop_front()) push_back(*node);
  }

 private:
  ListNode head_;
};

}  // namespace tikv::rpc
