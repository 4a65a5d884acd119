"""A plain fleet to measure on: N services, three files each, a namespace for every twenty."""

import pathlib

WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {space}
  labels: {{app: {name}}}
spec:
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      terminationGracePeriodSeconds: 45  # measured, not guessed
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector:
          matchLabels: {{app: {name}}}
      containers:
      - name: app
        image: registry.example.com/{space}/{name}:1.{number}.0
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: UPSTREAM_URL
          value: http://service-{other}.{space}.svc.cluster.local:8080
        - name: LOG_LEVEL
          value: "info"
        resources:
          requests: {{cpu: 100m, memory: 128Mi}}
          limits: {{memory: 256Mi}}
        readinessProbe:
          httpGet: {{path: /ready, port: http}}
          periodSeconds: 5
        livenessProbe:
          httpGet: {{path: /live, port: http}}
          periodSeconds: 20
        lifecycle:
          preStop:
            exec:
              command: ["/bin/sh", "-c", "sleep 10"]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {space}
spec:
  selector:
    app: {name}
  ports:
  - name: http
    port: 80
    targetPort: {target}
"""
SCALING = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  namespace: {space}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  minReplicas: {minimum}
  maxReplicas: 9
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 70
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {name}
  namespace: {space}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: {name}
"""


def make(folder: pathlib.Path, services: int) -> None:
    """Write the fleet; every seventh service has a fault."""
    for number in range(services):
        faulty = number % 7 == 0
        values = {
            "name": f"service-{number}",
            "space": f"team-{number // 20}",
            "number": number,
            "other": number // 20 * 20 + (number + 1) % 20,
            "target": "web" if faulty else "http",
            "minimum": 1 if faulty else 3,
        }
        place = folder / values["space"] / values["name"]
        place.mkdir(parents=True)
        for name, text in (("deployment", WORKLOAD), ("service", SERVICE), ("scaling", SCALING)):
            (place / f"{name}.yaml").write_text(text.format(**values), encoding="utf-8")
