"""What is done by the clock, and how often."""

from datetime import timedelta

from deploy.settings.witnesses import LOG_TIMESTAMP_INTERVAL, LOG_TIMESTAMP_URL

CELERY_BEAT_SCHEDULE = {
    # Reads refuse from the moment of expiry whatever this does; what waits for the minute is the key's destruction.
    "expire-consents": {"task": "consent.tasks.expire_consents", "schedule": timedelta(minutes=1)},
    "send-mails": {"task": "consent.tasks.send_mails", "schedule": timedelta(minutes=1)},
    "end-mandates": {"task": "consent.tasks.end_mandates", "schedule": timedelta(minutes=10)},
    "remind-about-ends": {"task": "consent.tasks.remind_about_ends", "schedule": timedelta(days=1)},
    "remove-old-mails": {"task": "consent.tasks.remove_old_mails", "schedule": timedelta(days=1)},
    "keep-exports": {"task": "sharing.tasks.keep_exports", "schedule": timedelta(minutes=5)},
    "check-uploads": {"task": "sharing.tasks.check_uploads", "schedule": timedelta(minutes=1)},
    "remove-abandoned-uploads": {"task": "sharing.tasks.remove_abandoned_uploads", "schedule": timedelta(minutes=10)},
    "collect-files": {"task": "sharing.tasks.collect_files", "schedule": timedelta(hours=6)},
    "count-figures": {"task": "consent.tasks.count_figures", "schedule": timedelta(minutes=1)},
    # Asking and releasing refuse from the midnight itself; bounds end every consent there too.
    "end-pilots": {"task": "consent.tasks.end_pilots", "schedule": timedelta(minutes=1)},
    "tell-of-recent-versions": {"task": "consent.tasks.tell_of_recent_versions", "schedule": timedelta(hours=1)},
    "turn-epochs": {"task": "consent.tasks.turn_epochs", "schedule": timedelta(minutes=10)},
    "carry-out-key-orders": {"task": "consent.tasks.carry_out_key_orders", "schedule": timedelta(minutes=1)},
    "sweep-keys": {"task": "consent.tasks.sweep_keys", "schedule": timedelta(hours=1)},
    # The next bytes refuse from the withdrawal itself; what waits for the minute is the line that says so in the log.
    "end-unseen-viewings": {"task": "sharing.tasks.end_unseen_viewings", "schedule": timedelta(minutes=1)},
    # What was kept back shows itself at its moment; what waits for the minute is the line that says so.
    "end-deferrals": {"task": "audit.tasks.end_deferrals", "schedule": timedelta(minutes=1)},
    "make-partitions": {"task": "audit.tasks.make_partitions", "schedule": timedelta(days=1)},
    "watch-erasing": {"task": "audit.tasks.watch_erasing", "schedule": timedelta(days=1)},
    "tell-of-alarms": {"task": "audit.tasks.tell_of_alarms", "schedule": timedelta(minutes=1)},
    "resume-verification": {"task": "audit.tasks.resume_verification", "schedule": timedelta(minutes=1)},
    "watch-contests": {"task": "audit.tasks.watch_contests", "schedule": timedelta(hours=1)},
    "find-patterns": {"task": "audit.tasks.find_patterns", "schedule": timedelta(minutes=1)},
    "keep-log-exports": {"task": "audit.tasks.keep_log_exports", "schedule": timedelta(minutes=1)},
    # What a worker that was away finds in its queue is one run, not one for every ten seconds of it.
    "send-logboek": {
        "task": "audit.tasks.send_logboek",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "remove-expired": {"task": "deploy.tasks.remove_expired", "schedule": timedelta(days=1)},
}
if LOG_TIMESTAMP_URL:
    CELERY_BEAT_SCHEDULE["timestamp-checkpoint"] = {
        "task": "audit.tasks.timestamp_checkpoint",
        "schedule": LOG_TIMESTAMP_INTERVAL,
    }
