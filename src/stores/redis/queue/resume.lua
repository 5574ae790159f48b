-- include: head, wake, suspects
-- flags: allow-oom
-- Resumes the queue, and wakes idle workers.
-- Reply: 1
paused = false
wake_for(count_ready())
save_state()
return 1
