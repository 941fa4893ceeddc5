-- CreateIndex
CREATE INDEX "audio_uploads_status_idx" ON "audio_uploads"("status");

-- Posts that wait for their audio, or will never have any, do not count any more.
UPDATE "users" u SET "post_count" = "post_count" - p."waiting" FROM (
    SELECT "user_id", count(*)::int AS "waiting" FROM "posts"
    WHERE "audio_status" <> 'ready' AND "deleted_at" IS NULL GROUP BY "user_id"
) p WHERE u."id" = p."user_id";
