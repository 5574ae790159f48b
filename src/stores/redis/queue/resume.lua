-- include: head, wake, suspects
-- flags: allow-oom
-- Resumes the queue, and wakes idle workers.
-- Reply: 1
paused = false
wake_idle()
save_state()
return 1
