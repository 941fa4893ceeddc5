-- CreateEnum
CREATE TYPE "UploadStatus" AS ENUM ('pending', 'processing', 'complete', 'failed');

-- AlterTable
ALTER TABLE "posts" ADD COLUMN     "audio_id" UUID;

-- CreateTable
CREATE TABLE "audio_uploads" (
    "id" UUID NOT NULL,
    "job_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "status" "UploadStatus" NOT NULL DEFAULT 'pending',
    "stage" TEXT,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_id" UUID,
    "failure" TEXT,
    "error" TEXT,
    "filename" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" BYTEA NOT NULL,
    "source_key" TEXT NOT NULL,
    "bpm" DOUBLE PRECISION,
    "key" TEXT,
    "duration_bars" INTEGER,
    "daw" TEXT,
    "genre" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "result" JSONB,
    "peaks" BYTEA,
    "fingerprint" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "audio_uploads_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "audio_uploads_job_id_key" ON "audio_uploads"("job_id");

-- CreateIndex
CREATE INDEX "audio_uploads_user_id_created_at_idx" ON "audio_uploads"("user_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "audio_uploads_status_idx" ON "audio_uploads"("status");

-- CreateIndex
CREATE INDEX "audio_uploads_fingerprint_idx" ON "audio_uploads" USING GIN ("fingerprint");

-- CreateIndex
CREATE INDEX "posts_audio_id_idx" ON "posts"("audio_id");

-- AddForeignKey
ALTER TABLE "posts" ADD CONSTRAINT "posts_audio_id_fkey" FOREIGN KEY ("audio_id") REFERENCES "audio_uploads"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audio_uploads" ADD CONSTRAINT "audio_uploads_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Posts that wait for their audio, or will never have any, do not count any more.
UPDATE "users" u SET "post_count" = "post_count" - p."waiting" FROM (
    SELECT "user_id", count(*)::int AS "waiting" FROM "posts"
    WHERE "audio_status" <> 'ready' AND "deleted_at" IS NULL GROUP BY "user_id"
) p WHERE u."id" = p."user_id";
