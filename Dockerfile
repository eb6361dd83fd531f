FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY edge/function edge/function
COPY services/auth/domain services/auth/domain
COPY services/web services/web
RUN node -e "import('./services/web/build.ts').then(({ buildWeb }) => buildWeb('dist/web'))"

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY edge/function edge/function
COPY services/auth services/auth
COPY --from=build /app/dist/web dist/web
# Inside a container loopback is nobody's: the platform says which addresses lead here.
ENV HOST=:: PORT=3000
EXPOSE 3000
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://localhost:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/auth/main.ts"]
