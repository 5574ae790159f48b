-- include: registered, save
-- flags: allow-oom
-- Pauses the queue.
-- Reply: 1
paused = true
save_state()
return 1
